import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright';
import { startStack, type Stack } from '../servers/stack.ts';
import { openBarePage, signIn } from '../support/app-page.ts';
import { launchChromium } from '../support/browser.ts';
import { runFigures } from '../support/figures.ts';
import { Realm } from './realm.ts';
import { median, quantile, round } from './statistics.ts';

/** Number of measurements of the worker's memory. */
const SAMPLES = 20;
/** Limit of its growth from the first quarter of the run to the last one, in KiB: the difference between two samples. */
const NOISE_KIB = 256;

/** Responses that one tab got. */
interface TabResult {
  readonly statuses: Readonly<Record<string, number>>;
  readonly timesMs: readonly number[];
}

await runFigures({
  name: 'load',
  description:
    'Many tabs, many requests, tokens that expire all the time: whether each request has one, and what it costs.',
  options: { tabs: 20, requests: 10_000, minutes: 10, ttlSeconds: 20 },
  run: async ({ options, progress, check }) => {
    const { tabs, requests, minutes, ttlSeconds } = options;
    const stack = await startStack({ authorizationServer: { accessTokenTtlSeconds: ttlSeconds } });
    const browser = await launchChromium();
    try {
      const context = await browser.newContext();
      const first = await context.newPage();
      await signIn(first, stack);
      const pages = [first];
      for (let tab = 1; tab < tabs; tab += 1) {
        const page = await context.newPage();
        await openBarePage(page, stack);
        pages.push(page);
      }
      stack.api.requests.clear();
      stack.authorizationServer.requests.clear();
      const worker = await Realm.ofWorker(browser);
      progress(`${tabs} tabs are open; ${requests} requests in ${minutes} min, tokens of ${ttlSeconds} s`);

      const durationMs = minutes * 60_000;
      const running = Promise.all(pages.map((page) => sendEvenly(page, stack, Math.ceil(requests / tabs), durationMs)));
      const heapsKib: number[] = [];
      for (let sample = 0; sample < SAMPLES; sample += 1) {
        await delay(durationMs / SAMPLES);
        heapsKib.push((await worker.heapSize()) / 1024);
        const refreshes = stack.authorizationServer.requests.count('token', 'refresh_token');
        progress(`${stack.api.requests.count()} requests, ${refreshes} refreshes, ${round(heapsKib.at(-1) ?? 0)} KiB`);
      }
      const results = await running;

      const sent = stack.api.requests.list();
      const unauthorised = sent.filter(({ isAuthorised }) => !isAuthorised).length;
      const refreshes = stack.authorizationServer.requests.count('token', 'refresh_token');
      const tokens = new Set(sent.map(({ tokenDigest }) => tokenDigest)).size;
      const growthKib = round(median(heapsKib.slice(-SAMPLES / 4)) - median(heapsKib.slice(0, SAMPLES / 4)));
      const timesMs = results.flatMap((result) => result.timesMs);
      const failures = results.flatMap(({ statuses }) =>
        Object.entries(statuses).filter(([status]) => status !== '200'),
      );
      check('every request is answered', sent.length >= requests && failures.length === 0, JSON.stringify(failures));
      check(
        'no request comes to the API without a valid token',
        unauthorised === 0,
        `${unauthorised} of ${sent.length}`,
      );
      check('one refresh for each token that expires', refreshes === tokens - 1, `${refreshes}, ${tokens} tokens`);
      check('no refresh token is used twice', stack.authorizationServer.requests.countRefreshTokenReuses() === 0);
      check(`the worker's memory grows by ${NOISE_KIB} KiB at most`, growthKib <= NOISE_KIB, `${growthKib} KiB`);
      return {
        requests: sent.length,
        unauthorised,
        refreshes,
        expiries: Math.floor((minutes * 60) / ttlSeconds),
        growthKib,
        heapKib: round(heapsKib.at(-1) ?? 0),
        medianMs: round(median(timesMs)),
        p99Ms: round(quantile(timesMs, 0.99)),
      };
    } finally {
      await browser.close();
      await stack.close();
    }
  },
});

/** Sends requests from a page, the same time apart. */
function sendEvenly(page: Page, { api }: Stack, count: number, durationMs: number): Promise<TabResult> {
  return page.evaluate(
    async ({ url, requests, everyMs }) => {
      const statuses: Record<string, number> = {};
      const timesMs: number[] = [];
      const startedAtMs = performance.now();
      for (let index = 0; index < requests; index += 1) {
        const waitMs = startedAtMs + index * everyMs - performance.now();
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
        const sentAtMs = performance.now();
        const status = await fetch(url).then((response) => response.status, String);
        timesMs.push(performance.now() - sentAtMs);
        statuses[status] = (statuses[status] ?? 0) + 1;
      }
      return { statuses, timesMs };
    },
    { url: `${api.url}/me`, requests: count, everyMs: durationMs / count },
  );
}
