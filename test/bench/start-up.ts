import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright';
import { startApp } from '../../demo/app-server.ts';
import { startStack, type Stack } from '../../demo/stack.ts';
import { addBarePage, BARE_PAGE, signIn } from '../support/app-page.ts';
import { launchChromium } from '../support/browser.ts';
import { runFigures } from '../support/figures.ts';
import { stopWorker } from '../support/worker-life.ts';
import { writeStartUpChart } from './start-up-chart.ts';
import { MARK_PREFIX, markParts, requestMarked } from './start-up-marks.ts';
import { medianBetween, timesOf } from './start-up-parts.ts';
import { readRounds, type RoundMoments, TRACE_CATEGORIES } from './start-up-trace.ts';
import { round } from './statistics.ts';

/** What the evaluation of the script may take, compilation included. */
const EVALUATION_LIMIT_MS = 5;
/** The browser keeps compiled code only after some starts, and connections after the first requests. */
const WARM_UPS = 5;

/** Signs in to an app and opens its page. */
async function openSignedIn(browser: Browser, stack: Stack): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await signIn(page, stack);
  addBarePage(stack.app);
  await page.goto(`${stack.app.origin}${BARE_PAGE}`);
  return page;
}

/** One request of a page whose worker was stopped. */
async function measure(page: Page, url: string): Promise<void> {
  await page.bringToFront();
  await stopWorker(page);
  const status = await page.evaluate(requestMarked, { url, prefix: MARK_PREFIX });
  if (status !== 200) throw new Error(`The API has answered ${status}.`);
}

await runFigures({
  name: 'bench:start-up',
  description:
    'Measures what a stopped worker does until the first authorised response, part by part; --against FILE: beside another build of the standalone worker, in turns.',
  options: { rounds: 40, against: '', chart: '' },
  run: async ({ options, progress, check }) => {
    const stack: Stack = await startStack({
      authorizationServer: { accessTokenTtlSeconds: 3600 },
      app: { workerScript: (script) => markParts(script) },
    });
    const stacks = new Map([['tokenward', stack]]);
    if (options.against) {
      const library = await readFile(options.against, 'utf8');
      const app = await startApp({
        issuer: stack.authorizationServer.issuer,
        apiUrl: stack.api.url,
        workerScript: (script) => markParts(script, library),
      });
      stack.authorizationServer.addApp(app.origin);
      stack.api.addOrigin(app.origin);
      stacks.set('against', { ...stack, app });
    }
    const browser = await launchChromium();
    try {
      const pages: (readonly [name: string, page: Page])[] = [];
      for (const [name, its] of stacks) pages.push([name, await openSignedIn(browser, its)]);
      for (let count = 0; count < WARM_UPS; count += 1) {
        for (const [, page] of pages) await measure(page, `${stack.api.url}/me`);
      }
      await browser.startTracing(undefined, { categories: [...TRACE_CATEGORIES] });
      const order: string[] = [];
      for (let count = 0; count < options.rounds; count += 1) {
        // Another one is first each time, so that no order favours one.
        for (const [name, page] of count % 2 ? pages : pages.toReversed()) {
          await measure(page, `${stack.api.url}/me`);
          order.push(name);
        }
        if ((count + 1) % 10 === 0) progress(`${count + 1} rounds`);
      }
      const rounds = readRounds((await browser.stopTracing()).toString('utf8'));
      check('the trace holds every round', rounds.length === order.length, `${rounds.length} of ${order.length}`);
      const roundsOf = (name: string): readonly RoundMoments[] => rounds.filter((_, index) => order[index] === name);

      const times = timesOf(roundsOf('tokenward'));
      const others = options.against ? timesOf(roundsOf('against')) : [];
      progress(`${'part'.padEnd(36)} begins at    takes${options.against ? '  against' : ''}`);
      for (const [index, { title, whose, beginsAtMs, takesMs }] of times.entries()) {
        const other = others[index] ? `${others[index].takesMs.toFixed(2).padStart(7)} ms` : '';
        progress(
          `${(whose === 'aside' ? `  (${title})` : title).padEnd(36)} ${beginsAtMs.toFixed(2).padStart(7)} ms ${takesMs.toFixed(2).padStart(5)} ms${other}`,
        );
      }
      const evaluationMs = medianBetween(roundsOf('tokenward'), 'evaluate', 'evaluated');
      check(
        `the script is evaluated in ${EVALUATION_LIMIT_MS} ms at most`,
        evaluationMs <= EVALUATION_LIMIT_MS,
        `${round(evaluationMs)} ms`,
      );
      if (options.chart) await writeStartUpChart(options.chart, times);
      const figuresOf = (name: string): readonly (readonly [string, number])[] => {
        const its = roundsOf(name);
        return [
          ...timesOf(its).map(({ name: part, takesMs }) => [`${part}Ms`, takesMs] as const),
          ['evaluationMs', medianBetween(its, 'evaluate', 'evaluated')],
          ['untilHandedOnMs', medianBetween(its, 'page', 'handed-on')],
          ['totalMs', medianBetween(its, 'page', 'end')],
        ];
      };
      const figures = [...stacks.keys()].flatMap((name) =>
        figuresOf(name).map(([figure, value]) => [name === 'against' ? `against.${figure}` : figure, round(value)]),
      );
      return { rounds: options.rounds, ...Object.fromEntries(figures) };
    } finally {
      await browser.close();
      for (const { app } of stacks.values()) if (app !== stack.app) await app.close();
      await stack.close();
    }
  },
});
