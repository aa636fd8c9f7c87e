import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright';
import { startApp } from '../../demo/app-server.ts';
import { startStack, type Stack } from '../../demo/stack.ts';
import { ADA } from '../../demo/users.ts';
import { signIn } from '../support/app-page.ts';
import { launchChromium } from '../support/browser.ts';
import { runFigures } from '../support/figures.ts';
import { stopWorker } from '../support/worker-life.ts';
import { writeStartUpChart } from './start-up-chart.ts';
import { markParts } from './start-up-marks.ts';
import { medianBetween, type StartMoments, timesOf } from './start-up-parts.ts';
import { addStartUpPage, START_UP_PAGE } from './start-up-site.ts';
import { readCompileTimes, TRACE_CATEGORIES } from './start-up-trace.ts';
import { round } from './statistics.ts';

/** What the evaluation of the script may take, compilation included. */
const EVALUATION_LIMIT_MS = 5;
/** The browser keeps compiled code only after some starts, and connections after the first requests. */
const WARM_UPS = 5;

/** Signs in to an app and opens the page that measures. */
async function openSignedIn(browser: Browser, stack: Stack): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1100, height: 1150 } })).newPage();
  await signIn(page, stack);
  await addStartUpPage(stack.app, stack);
  await page.goto(`${stack.app.origin}${START_UP_PAGE}`);
  await page.waitForFunction(() => window.startUp !== undefined);
  return page;
}

/** Stops the worker of a page, and lets the page measure how it starts. */
async function measure(page: Page): Promise<void> {
  await page.bringToFront();
  await stopWorker(page);
  const start = await page.evaluate(() => window.startUp?.measure());
  if (!start) throw new Error('The worker was running though it had been stopped.');
}

/** Starts the servers for whoever opens the page in a browser of their own, until the process is ended. */
async function serve(stack: Stack): Promise<void> {
  await addStartUpPage(stack.app, stack);
  process.stdout.write(
    `${stack.app.origin}${START_UP_PAGE} (sign in as ${ADA.username}, ${ADA.password}; Ctrl+C ends it)\n`,
  );
  await new Promise((resolve) => process.once('SIGINT', resolve));
}

await runFigures({
  name: 'bench:start-up',
  description:
    'Measures what a stopped worker does until the first authorised response, part by part; --serve: opens the page that measures it to any browser; --against FILE: beside another build of the standalone worker, in turns.',
  options: { rounds: 40, serve: false, against: '', chart: '', screenshot: '' },
  run: async ({ options, progress, check }) => {
    const stack: Stack = await startStack({
      authorizationServer: { accessTokenTtlSeconds: 3600 },
      app: { workerScript: (script) => markParts(script), embedderPolicy: 'require-corp' },
    });
    const stacks = new Map([['tokenward', stack]]);
    if (options.against) {
      const library = await readFile(options.against, 'utf8');
      const app = await startApp({
        issuer: stack.authorizationServer.issuer,
        apiUrl: stack.api.url,
        workerScript: (script) => markParts(script, library),
        embedderPolicy: 'require-corp',
      });
      stack.authorizationServer.addApp(app.origin);
      stack.api.addOrigin(app.origin);
      stacks.set('against', { ...stack, app });
    }
    const browser = options.serve ? undefined : await launchChromium();
    try {
      if (!browser) {
        await serve(stack);
        return {};
      }
      const pages: (readonly [name: string, page: Page])[] = [];
      for (const [name, its] of stacks) pages.push([name, await openSignedIn(browser, its)]);
      for (let count = 0; count < WARM_UPS; count += 1) for (const [, page] of pages) await measure(page);
      for (const [, page] of pages) await page.evaluate(() => window.startUp?.clear());
      await browser.startTracing(undefined, { categories: [...TRACE_CATEGORIES] });
      const order: string[] = [];
      for (let count = 0; count < options.rounds; count += 1) {
        // Another one is first each time, so that no order favours one.
        for (const [name, page] of count % 2 ? pages : pages.toReversed()) {
          await measure(page);
          order.push(name);
        }
        if ((count + 1) % 10 === 0) progress(`${count + 1} rounds`);
      }
      const compileTimes = readCompileTimes((await browser.stopTracing()).toString('utf8'));
      check(
        'the trace holds every start',
        compileTimes.length === order.length,
        `${compileTimes.length} of ${order.length}`,
      );
      const starts = new Map<string, readonly StartMoments[]>();
      for (const [name, page] of pages) {
        const its = compileTimes.filter((_, index) => order[index] === name);
        const moments = await page.evaluate((timesMs) => window.startUp?.knowCompileTimes(timesMs), its);
        starts.set(name, moments?.map((start) => new Map(Object.entries(start))) ?? []);
      }
      const startsOf = (name: string): readonly StartMoments[] => starts.get(name) ?? [];

      const times = timesOf(startsOf('tokenward'));
      const others = options.against ? timesOf(startsOf('against')) : [];
      progress(`${'part'.padEnd(36)} begins at    takes${options.against ? '  against' : ''}`);
      for (const [index, { title, whose, beginsAtMs, takesMs }] of times.entries()) {
        const other = others[index] ? `${others[index].takesMs.toFixed(2).padStart(7)} ms` : '';
        progress(
          `${(whose === 'aside' ? `  (${title})` : title).padEnd(36)} ${beginsAtMs.toFixed(2).padStart(7)} ms ${takesMs.toFixed(2).padStart(5)} ms${other}`,
        );
      }
      const evaluationMs = medianBetween(startsOf('tokenward'), 'evaluate', 'started');
      check(
        `the script is evaluated in ${EVALUATION_LIMIT_MS} ms at most`,
        evaluationMs <= EVALUATION_LIMIT_MS,
        `${round(evaluationMs)} ms`,
      );
      if (options.chart) await writeStartUpChart(options.chart, times);
      if (options.screenshot)
        await pages[0]?.[1].screenshot({ path: options.screenshot, fullPage: true, animations: 'disabled' });
      const figuresOf = (name: string): readonly (readonly [string, number])[] => {
        const its = startsOf(name);
        return [
          ...timesOf(its).map(({ name: part, takesMs }) => [`${part}Ms`, takesMs] as const),
          ['evaluationMs', medianBetween(its, 'evaluate', 'started')],
          ['untilHandedOnMs', medianBetween(its, 'page', 'handed-on')],
          ['totalMs', medianBetween(its, 'page', 'end')],
        ];
      };
      const figures = [...stacks.keys()].flatMap((name) =>
        figuresOf(name).map(([figure, value]) => [name === 'against' ? `against.${figure}` : figure, round(value)]),
      );
      return { rounds: options.rounds, ...Object.fromEntries(figures) };
    } finally {
      await browser?.close();
      for (const { app } of stacks.values()) if (app !== stack.app) await app.close();
      await stack.close();
    }
  },
});
