import type { Browser } from 'playwright';
import { launchChromium } from '../support/browser.ts';
import { choose } from '../support/choose.ts';
import { type FigureRun, runFigures, type Summary } from '../support/figures.ts';
import { startDjango } from './django.ts';
import { startDoorkeeper } from './doorkeeper.ts';
import { startGlewlwyd } from './glewlwyd.ts';
import { Matrix, type Outcome } from '../support/matrix.ts';
import { meetAtRefresh, meetAtSignIn } from './meet-misbehaviour.ts';
import { MISBEHAVIOURS } from './misbehaviours.ts';
import { startMockServer } from './mock-server.ts';
import { ACCESS_TOKEN_TTL_SECONDS, startLaxProvider, startStrictProvider } from './oidc-provider.ts';
import { nameOf } from './providers/provider-row.ts';
import { runProviders } from './providers/provider-table.ts';
import { PROVIDER_ROWS } from './providers/rows/index.ts';
import { NotRun, STEPS, type Visit } from './scenario.ts';
import { ServerMissing, type ServerUnderTest } from './server-under-test.ts';
import { Traffic } from './traffic.ts';

/** The servers, and how to start them. */
const SERVERS: ReadonlyMap<string, () => Promise<ServerUnderTest>> = new Map([
  ['oidc-provider, lax', startLaxProvider],
  ['oidc-provider, strict', startStrictProvider],
  ['oauth2-mock-server', () => startMockServer(ACCESS_TOKEN_TTL_SECONDS)],
  ['Glewlwyd', startGlewlwyd],
  ['Doorkeeper', startDoorkeeper],
  ['django-oauth-toolkit', startDjango],
]);

const MISBEHAVING = 'oauth2-mock-server that';
const AT_SIGN_IN = 'at sign-in';
const AT_REFRESH = 'at refresh';

await runFigures({
  name: 'interop',
  description:
    'Runs one scenario against several authorization servers, one that misbehaves, and the providers of the profiles.',
  options: { only: '' },
  run: async (figures) => {
    const browser = await launchChromium();
    try {
      return await run(browser, figures);
    } finally {
      await browser.close();
    }
  },
});

async function run(browser: Browser, figures: FigureRun<{ only: string }>): Promise<Summary> {
  const { only } = figures.options;
  const chosen = choose([...SERVERS.keys(), MISBEHAVING, ...PROVIDER_ROWS.map(nameOf)], {
    only,
    namesOf: (name) => [name],
  });
  const scenario = new Matrix(
    'server',
    STEPS.map(({ name }) => name),
  );
  for (const [name, start] of SERVERS) {
    if (!chosen.includes(name)) scenario.leave(name, `left out by --only ${only}`);
    else await runScenario({ browser, figures, matrix: scenario, row: name, start });
  }
  const misbehaviours = new Matrix(MISBEHAVING, [AT_SIGN_IN, AT_REFRESH]);
  if (chosen.includes(MISBEHAVING)) await runMisbehaviours(browser, figures, misbehaviours);
  else for (const { name } of MISBEHAVIOURS) misbehaviours.leave(name, `left out by --only ${only}`);

  const rows = PROVIDER_ROWS.filter((row) => chosen.includes(nameOf(row)));
  const providers = await runProviders(rows, figures);

  for (const line of [...scenario.lines(), '', ...misbehaviours.lines()]) process.stdout.write(`${line}\n`);
  const [steps, faults] = [scenario.count(), misbehaviours.count()];
  return {
    servers: SERVERS.size,
    steps: STEPS.length,
    stepsPassed: steps.passed,
    stepsFailed: steps.failed,
    stepsNotRun: steps.notRun,
    faultsPassed: faults.passed,
    faultsFailed: faults.failed,
    faultsNotRun: faults.notRun,
    ...providers,
  };
}

interface ScenarioRun {
  readonly browser: Browser;
  readonly figures: FigureRun<{ only: string }>;
  readonly matrix: Matrix;
  readonly row: string;
  readonly start: () => Promise<ServerUnderTest>;
}

async function runScenario({ browser, figures, matrix, row, start }: ScenarioRun): Promise<void> {
  matrix.addRow(row);
  let server: ServerUnderTest;
  try {
    server = await start();
  } catch (error) {
    if (!(error instanceof ServerMissing)) throw error;
    figures.progress(`not run ${row}: ${error.message}`);
    matrix.leave(row, error.message);
    return;
  }
  await visit(browser, server, async (there) => {
    for (const { name, run: runStep } of STEPS) {
      const outcome = await outcomeOf(() => runStep(there));
      matrix.set(row, name, outcome);
      report(figures, `${row}: ${name}`, outcome);
      // Each step stands on the ones before.
      if (outcome.kind === 'failed') return matrix.leave(row, 'a step before it failed');
    }
  });
}

async function runMisbehaviours(browser: Browser, figures: ScenarioRun['figures'], matrix: Matrix): Promise<void> {
  const server = await startMockServer(ACCESS_TOKEN_TTL_SECONDS);
  await visit(browser, server, async ({ traffic, page }) => {
    const there = { server, traffic, page };
    for (const misbehaviour of MISBEHAVIOURS) {
      for (const [column, meet] of [[AT_SIGN_IN, meetAtSignIn] as const, [AT_REFRESH, meetAtRefresh] as const]) {
        const outcome = await outcomeOf(() => meet(there, misbehaviour));
        matrix.set(misbehaviour.name, column, outcome);
        report(figures, `${MISBEHAVING}: ${misbehaviour.name}, ${column}`, outcome);
      }
    }
  });
}

/** Opens a browser context of its own at a server's app, and ends both. */
async function visit(browser: Browser, server: ServerUnderTest, act: (visit: Visit) => Promise<void>): Promise<void> {
  const context = await browser.newContext();
  context.setDefaultTimeout(20_000);
  try {
    const traffic = await Traffic.watch(context, server);
    await act({ server, traffic, page: await context.newPage() });
  } finally {
    await context.close();
    await server.close();
  }
}

async function outcomeOf(act: () => Promise<string | undefined>): Promise<Outcome> {
  try {
    return { kind: 'passed', detail: await act() };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return error instanceof NotRun ? { kind: 'not run', detail } : { kind: 'failed', detail };
  }
}

/** What was not run is said, and counts neither as passed nor as failed. */
function report({ progress, check }: ScenarioRun['figures'], what: string, { kind, detail }: Outcome): void {
  if (kind === 'not run') progress(`not run ${what} (${detail})`);
  else check(what, kind === 'passed', detail);
}
