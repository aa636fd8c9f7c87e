import type { Browser, Page } from 'playwright';
import { freePort } from '../support/free-port.ts';
import { runNpm, startServer, type AppServer } from './child-process.ts';
import type { AppUnderTest, Mode } from './app-under-test.ts';
import { installApp, type AppFolder } from './app-folder.ts';
import { STEPS, watchFaults, type Backend, type Step, type Visit } from './scenario.ts';

/** Tarball, servers and browser of a run. */
export interface Bench {
  readonly tarball: string;
  readonly backend: Backend;
  readonly browser: Browser;
}

/** Receives the outcome of each step; a failure has a message. */
export type Report = (step: string, failure?: string) => void;

/** An app's folder, the origin that its files name, and the app. */
export interface InstalledApp {
  readonly app: AppUnderTest;
  readonly port: number;
  readonly folder: AppFolder;
}

/** Columns of the matrix before those of the scenario. */
export const INSTALL = 'install';
export const SERVE = 'serve';

/** Installs an app for an origin of its own, and registers that at both servers. */
export async function install(app: AppUnderTest, { tarball, backend }: Bench): Promise<InstalledApp> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const { base = '/' } = app;
  const { authorizationServer, api } = backend;
  authorizationServer.addApp(origin, ['/auth/callback', `${base}auth/callback`], ['/', base]);
  api.addOrigin(origin);
  const replacements = new Map([
    ['https://login.example', authorizationServer.issuer],
    ['https://api.example/v1', api.url],
    ['https://app.example', origin],
  ]);
  const templates = [...(app.parts ?? []), app.name];
  const { name, environment = {} } = app;
  return { app, port, folder: await installApp({ name, templates, tarball, replacements, environment }) };
}

/** Serves an installed app in a mode and drives it through the scenario. */
export async function drive(installed: InstalledApp, mode: Mode, bench: Bench, report: Report): Promise<void> {
  const context = await bench.browser.newContext();
  context.setDefaultTimeout(30_000);
  let server: AppServer | undefined;
  try {
    const page = await context.newPage();
    try {
      server = await serve(installed, mode, page);
      report(SERVE);
    } catch (error) {
      return report(SERVE, messageOf(error));
    }
    const { base = '/', routes = '' } = installed.app;
    const { origin } = server;
    const home = `${origin}${base}`;
    const faults = watchFaults(page);
    await runSteps({ backend: bench.backend, page, origin, home, routes: `${base}${routes}`, faults }, report);
  } finally {
    bench.backend.api.faults.clear();
    await context.close();
    await server?.close();
  }
}

/** Returns the message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function serve({ app, port, folder }: InstalledApp, mode: Mode, page: Page): Promise<AppServer> {
  const { environment = {}, base = '/', before } = app;
  const start = (script: string): Promise<AppServer> =>
    startServer({ folder: folder.path, commandLine: ['run', script], environment }, port, base);
  if (before !== undefined) await leaveWorker(await start(before), page);
  if (mode === 'production') {
    await runNpm({ folder: folder.path, commandLine: ['run', '--if-present', 'build'], environment });
  }
  return start(mode === 'production' ? 'start' : 'dev');
}

/** Opens the page of an older release, whose worker stays in the browser when that release is gone. */
async function leaveWorker(server: AppServer, page: Page): Promise<void> {
  await page.goto(server.origin);
  await page.waitForFunction('navigator.serviceWorker.controller !== null');
  await page.goto('about:blank');
  await server.close();
}

async function runSteps(visit: Visit, report: Report): Promise<void> {
  for (const step of STEPS) {
    if (!(await passes(step, visit, report)) && step.isNeeded === true) return;
  }
}

async function passes(step: Step, visit: Visit, report: Report): Promise<boolean> {
  try {
    await step.run(visit);
    report(step.name);
    return true;
  } catch (error) {
    // What the browser says is often the reason.
    report(step.name, [messageOf(error), ...new Set(visit.faults)].join(' | '));
    return false;
  }
}
