import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright';
import { startApi } from '../servers/api.ts';
import { API_AUDIENCE } from '../servers/authorization-server-configuration.ts';
import { startAuthorizationServer } from '../servers/authorization-server.ts';
import { packTarball } from '../package/tarball.ts';
import { launchChromium } from '../support/browser.ts';
import { declareIfNeeded } from '../support/build.ts';
import { runFigures, type FigureRun, type Summary } from '../support/figures.ts';
import { Matrix } from '../support/matrix.ts';
import { chooseApps, type AppUnderTest, type Choice, type Mode, type TypeScriptProject } from './app-under-test.ts';
import { APPS, TYPESCRIPT_PROJECTS } from './catalogue.ts';
import { drive, install, INSTALL, messageOf, SERVE, type Bench, type InstalledApp } from './drive.ts';
import { STEPS } from './scenario.ts';
import { runInLanes } from './lanes.ts';
import { checkTypes, RESOLUTIONS } from './typescript.ts';

/** Number of installations that run side by side. */
const LANES = 2;

/** Longest part of a failure that a line of progress shows. */
const MAX_DETAIL = 1500;

type Figures = FigureRun<Choice & { list: boolean }>;

// What it has started ends with it: see `child-process.ts`.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

if (process.argv.includes('--list')) {
  for (const { name, title, isInCi } of [...APPS, ...TYPESCRIPT_PROJECTS]) {
    process.stdout.write(`${name.padEnd(24)} ${title}${isInCi === true ? ' (ci)' : ''}\n`);
  }
} else {
  await runFigures({
    name: 'test:apps',
    description: 'Installs the packed tarball in apps of many kinds and drives each in Chromium.',
    options: { only: '', part: 'all', list: false },
    run: (figures) => run(figures),
  });
}

async function run(figures: Figures): Promise<Summary> {
  const chosen = chooseApps([...APPS, ...TYPESCRIPT_PROJECTS], figures.options);
  const apps = APPS.filter((app) => chosen.includes(app));
  const projects = TYPESCRIPT_PROJECTS.filter((project) => chosen.includes(project));
  const folder = await mkdtemp(join(tmpdir(), 'tokenward-tarball-'));
  const startedAtMs = performance.now();
  await declareIfNeeded();
  const { path: tarball } = await packTarball(folder);
  figures.progress(`packed ${tarball}`);
  // No token expires in a run: the scenario counts the refreshes that it causes.
  const authorizationServer = await startAuthorizationServer({ accessTokenTtlSeconds: 3600 });
  const api = await startApi({ issuer: authorizationServer.issuer, audience: API_AUDIENCE });
  let browser: Browser | undefined;
  const matrix = new Matrix('app', [INSTALL, SERVE, ...STEPS.map(({ name }) => name)]);
  const types = new Matrix('project', [INSTALL, ...RESOLUTIONS]);
  const sizes: (readonly [title: string, changedLines: string])[] = [];
  try {
    browser = await launchChromium();
    const bench: Bench = { tarball, backend: { authorizationServer, api }, browser };
    await runApps(apps, { bench, figures, matrix, sizes });
    for (const project of projects) await checkAndReport(project, tarball, { figures, matrix: types });
  } finally {
    await browser?.close();
    await Promise.all([api.close(), authorizationServer.close(), rm(folder, { recursive: true })]);
  }
  if (apps.length > 0) {
    figures.table({ title: 'Apps', ...matrix.table() });
    figures.table({ title: 'Lines that a user changes', head: ['app', 'lines changed'], rows: sizes, notes: [] });
  }
  if (projects.length > 0) figures.table({ title: 'TypeScript projects', ...types.table() });
  return {
    apps: apps.length,
    modes: apps.flatMap(modesOf).length,
    projects: projects.length,
    notRun: matrix.count().notRun,
    seconds: Math.round((performance.now() - startedAtMs) / 1000),
  };
}

interface Table {
  readonly figures: Figures;
  readonly matrix: Matrix;
}

interface Run extends Table {
  readonly bench: Bench;
  readonly sizes: (readonly [title: string, changedLines: string])[];
}

/** Installs apps side by side; drives them one after the other, as they come. */
async function runApps(apps: readonly AppUnderTest[], context: Run): Promise<void> {
  let driven = Promise.resolve();
  await runInLanes(LANES, apps, async (app) => {
    const installed = await installAndReport(app, context);
    if (installed === undefined) return;
    driven = driven.then(async () => {
      for (const mode of modesOf(app)) await driveAndReport(installed, mode, context);
    });
  });
  await driven;
}

async function installAndReport(app: AppUnderTest, context: Run): Promise<InstalledApp | undefined> {
  const { bench, figures } = context;
  figures.progress(`installs ${app.name}`);
  for (const mode of modesOf(app)) context.matrix.addRow(rowOf(app, mode));
  try {
    const installed = await install(app, bench);
    context.sizes.push([app.title, String(installed.folder.changedLines)]);
    for (const mode of modesOf(app)) report(context, rowOf(app, mode), INSTALL);
    return installed;
  } catch (error) {
    for (const mode of modesOf(app)) {
      report(context, rowOf(app, mode), INSTALL, messageOf(error));
      context.matrix.leave(rowOf(app, mode), 'a step before it failed');
    }
    return undefined;
  }
}

async function driveAndReport(installed: InstalledApp, mode: Mode, context: Run): Promise<void> {
  const row = rowOf(installed.app, mode);
  context.figures.progress(`drives ${row}`);
  await drive(installed, mode, context.bench, (step, failure) => report(context, row, step, failure));
  context.matrix.leave(row, 'a step before it failed');
}

async function checkAndReport(project: TypeScriptProject, tarball: string, context: Table): Promise<void> {
  context.figures.progress(`checks ${project.name}`);
  const { title, resolutions } = project;
  for (const resolution of RESOLUTIONS.filter((candidate) => !resolutions.includes(candidate))) {
    context.matrix.set(title, resolution, { kind: 'not run', detail: 'this version does not know it' });
  }
  await checkTypes(project, tarball, (step, failure) => report(context, title, step, failure));
  context.matrix.leave(title, 'a step before it failed');
}

function report({ matrix, figures }: Table, row: string, step: string, failure?: string): void {
  matrix.set(row, step, failure === undefined ? { kind: 'passed' } : { kind: 'failed', detail: failure });
  figures.check(`${row}: ${step}`, failure === undefined, failure?.slice(0, MAX_DETAIL));
}

function modesOf({ modes = ['development', 'production'] }: AppUnderTest): readonly Mode[] {
  return modes;
}

function rowOf({ title }: AppUnderTest, mode: Mode): string {
  return `${title}, ${mode}`;
}
