import type { FigureRun } from '../../support/figures.ts';
import { launchChromium } from '../../support/browser.ts';
import { startNetwork } from './network.ts';
import { nameOf } from './provider-row.ts';
import { PROVIDER_STEPS } from './provider-steps.ts';
import { PROVIDER_ROWS } from './rows/index.ts';
import { runProvider } from './run-provider.ts';

/** Counts of the table, by the result of the rows. */
export interface ProviderCounts {
  readonly providersWorking: number;
  readonly providersImpossible: number;
  readonly providersFailed: number;
}

/** Runs the rows whose names contain a text, and prints the table. */
export async function runProviders({
  options,
  progress,
  check,
  table,
}: FigureRun<{ only: string }>): Promise<ProviderCounts> {
  const rows = PROVIDER_ROWS.filter((row) => nameOf(row).toLowerCase().includes(options.only.toLowerCase()));
  const counts = { providersWorking: 0, providersImpossible: 0, providersFailed: 0 };
  if (rows.length === 0) return counts;
  const network = await startNetwork();
  const browser = await launchChromium({ args: [...network.browserArguments] });
  const notes: string[] = [];
  const cell = (remark: string | undefined): string => {
    if (remark === undefined) return 'ok';
    if (!notes.includes(remark)) notes.push(remark);
    return `(${notes.indexOf(remark) + 1})`;
  };
  const lines: string[][] = [];
  try {
    for (const row of rows) {
      const cells: string[] = [];
      const result = await runProvider(row, { browser, network }, (name, remark) => {
        cells.push(cell(remark));
        progress(`       ${nameOf(row)}: ${name}${remark === undefined ? '' : ` (${remark})`}`);
      }).catch((error: Error) => error);
      const isWrong = result instanceof Error;
      const verdict = isWrong ? 'FAILED' : result === 'works' ? result : `impossible: ${cell(result.impossible)}`;
      counts[isWrong ? 'providersFailed' : result === 'works' ? 'providersWorking' : 'providersImpossible'] += 1;
      check(
        `${nameOf(row)} ${isWrong ? 'does as its row says' : verdict}`,
        !isWrong,
        isWrong ? result.message : undefined,
      );
      lines.push([nameOf(row), verdict, ...PROVIDER_STEPS.map((_step, index) => cells[index] ?? '–')]);
    }
  } finally {
    await browser.close();
    await network.close();
  }
  table({
    title: 'Providers, each with the configuration of its profile',
    head: ['provider', 'result', ...PROVIDER_STEPS.map(({ name }) => name)],
    rows: lines,
    notes: notes.map((note, index) => `(${index + 1}) ${note}`),
  });
  return counts;
}
