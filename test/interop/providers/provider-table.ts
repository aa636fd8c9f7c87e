import type { FigureRun } from '../../support/figures.ts';
import { launchChromium } from '../../support/browser.ts';
import { startNetwork } from './network.ts';
import { nameOf, type ProviderRow } from './provider-row.ts';
import { PROVIDER_STEPS } from './provider-steps.ts';
import { type ProviderResult, runProvider } from './run-provider.ts';

/** Counts of the table, by the result of the rows. */
export interface ProviderCounts {
  readonly providersWorking: number;
  readonly providersImpossible: number;
  readonly providersFailed: number;
}

/** Runs rows, and prints the table. */
export async function runProviders(
  rows: readonly ProviderRow[],
  { progress, check, table }: Pick<FigureRun<unknown>, 'progress' | 'check' | 'table'>,
): Promise<ProviderCounts> {
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
      const { verdict, count, reason } = judge(row, result);
      counts[count] += 1;
      check(`${nameOf(row)}: ${verdict}`, count !== 'providersFailed', reason);
      const shown = count === 'providersImpossible' ? `${verdict}: ${cell(reason)}` : verdict;
      lines.push([nameOf(row), shown, ...PROVIDER_STEPS.map((_step, index) => cells[index] ?? '–')]);
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

interface Judgement {
  readonly verdict: string;
  readonly count: keyof ProviderCounts;
  readonly reason?: string;
}

/** Names the result of a row. */
function judge({ relay }: ProviderRow, result: ProviderResult | Error): Judgement {
  if (result instanceof Error) return { verdict: 'FAILED', count: 'providersFailed', reason: result.message };
  if (result !== 'works') return { verdict: 'impossible', count: 'providersImpossible', reason: result.impossible };
  return { verdict: relay === 'used' ? 'works with the relay' : 'works', count: 'providersWorking' };
}
