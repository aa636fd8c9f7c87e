import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright';
import { BARE_PAGE, connected } from '../support/app-page.ts';
import { runFigures, type FigureRun, type Summary } from '../support/figures.ts';
import { inTime } from '../support/time-limit.ts';
import { runWithLimits } from './limits.ts';
import { Random } from './random.ts';
import { type CallResult, World } from './world.ts';

/** Events of an iteration, and their weights. */
const EVENTS = {
  calls: 30,
  expiry: 12,
  'worker stop': 16,
  'page reload': 10,
  'new tab': 8,
  'closed tab': 6,
  'browser restart': 2,
  'worker update': 6,
  'network cut': 6,
  'slow rotation': 8,
  'stop in rotation': 5,
  'sign-in': 3,
} as const;

type EventName = keyof typeof EVENTS;

/**
 * What makes Chromium send a request again, POST too, with any worker or none: it dispatches a fetch event once more when
 * the worker was stopped in the first, and uses a new connection when one that it had used before breaks ahead of the
 * answer. Writes that happen twice then are counted apart; `test/e2e/engine.test.ts` shows it with an empty worker.
 */
const BREAKS: readonly EventName[] = [
  'worker stop',
  'stop in rotation',
  'worker update',
  'browser restart',
  'network cut',
];

const MAX_TABS = 4;

/** No event is waited for longer, in milliseconds: a browser that is broken off may leave a promise open for ever. */
const EVENT_MS = 25_000;

/** What a page wrote, and what it was told of it. */
interface Note {
  readonly result: CallResult;
  /** Whether the worker or the network was broken off meanwhile. */
  readonly isBroken: boolean;
}

interface Totals {
  calls: number;
  answered: number;
  clearErrors: number;
  lost: number;
  doubled: number;
  /** Writes that the browser sent again when the worker or the network was broken off. */
  resentByBrowser: number;
  /** Calls of pages that the browser asks no worker for any more; they are loaded again, as a user would. */
  letPastByBrowser: number;
  sessionsLost: number;
  recoveries: number;
  /** Pages whose `connect()` ended in an error while the network was cut or the worker stopped; reloaded like a user would. */
  connectErrors: number;
}

await runFigures({
  name: 'chaos',
  description: 'Stops, reloads, restarts, updates and cuts at random; no session and no answer may be lost.',
  options: { iterations: 100, seed: 1, limits: false, verbose: false },
  run: async (figures) => {
    if (figures.options.limits) return await runWithLimits(figures);
    const world = await World.create();
    try {
      return await run(world, figures);
    } finally {
      await world.close();
    }
  },
});

async function run(
  world: World,
  { options, progress, check }: FigureRun<{ iterations: number; seed: number; verbose: boolean }>,
): Promise<Summary> {
  const random = new Random(options.seed);
  const totals: Totals = {
    calls: 0,
    answered: 0,
    clearErrors: 0,
    lost: 0,
    doubled: 0,
    resentByBrowser: 0,
    letPastByBrowser: 0,
    sessionsLost: 0,
    recoveries: 0,
    connectErrors: 0,
  };
  const events = new Map<EventName, number>();
  const notes = new Map<string, Note>();
  const { authorizationServer } = world.stack;
  await world.signInByHand();
  const loginPages = authorizationServer.requests.count('interaction');

  for (let iteration = 1; iteration <= options.iterations; iteration++) {
    const names = [random.weighted(EVENTS), random.weighted(EVENTS)];
    if (options.verbose) progress(`iteration ${iteration}: ${names.join(', ')}, ${world.pages.length} tabs`);
    for (const name of names) events.set(name, (events.get(name) ?? 0) + 1);
    const isBroken = names.some((name) => BREAKS.includes(name));
    const running = callFromEveryTab({ world, random, isBroken, name: `${options.seed}/${iteration}`, notes });
    for (const name of names) {
      await delay(random.integer(0, 60));
      await inTime(EVENT_MS, happen(world, random, name, iteration), undefined);
    }
    const slow = setTimeout(() => progress(`iteration ${iteration} takes long: ${names.join(', ')}`), 60_000);
    const results = await running;
    for (const result of results) count(totals, result, `${iteration} (${names.join(', ')})`, progress);
    for (const page of new Set(results.flatMap((result) => (result.kind === 'let past' ? [result.page] : [])))) {
      await reload(page);
      // Loaded again, the page is like any other, or what was let past was the library's fault.
      const result = await world.call(page, undefined);
      if (result.kind === 'let past') totals.lost += 1;
      count(totals, result, `${iteration} (${names.join(', ')}), loaded again`, progress);
    }

    for (const failure of await world.connectErrors()) {
      totals.connectErrors += 1;
      progress(`iteration ${iteration} (${names.join(', ')}): connect() said ${failure}`);
    }
    const isSignedIn = await settle(world);
    clearTimeout(slow);
    if (!isSignedIn) {
      totals.sessionsLost += 1;
      progress(`FAILED iteration ${iteration} (${names.join(', ')}): the session is lost`);
      await world.signInByHand();
    }
    if (iteration % 25 === 0) {
      progress(`${iteration} of ${options.iterations}: ${totals.calls} calls, ${countSilent(world)} silent recoveries`);
    }
  }

  const written = new Map<string, number>();
  for (const text of await world.notes()) written.set(text, (written.get(text) ?? 0) + 1);
  for (const [note, { result, isBroken }] of notes) {
    const times = written.get(note) ?? 0;
    if (times > 1 && isBroken) totals.resentByBrowser += 1;
    else if (times > 1) {
      totals.doubled += 1;
      progress(
        `FAILED note ${note} was written ${times} times; the page saw: ${JSON.stringify({ ...result, page: undefined }).slice(0, 120)}`,
      );
    }
    if (result.kind === 'answered' && result.status === 201 && times === 0) totals.lost += 1;
  }

  totals.recoveries = countSilent(world);
  const loginPagesShown = authorizationServer.requests.count('interaction') - loginPages;
  check('no session is lost', totals.sessionsLost === 0, `${totals.sessionsLost}`);
  check('no answer is lost without a clear error', totals.lost === 0, `${totals.lost}`);
  check('no write happens twice', totals.doubled === 0, `${totals.doubled}`);
  check('no login page is shown', loginPagesShown === 0, `${loginPagesShown}`);
  return {
    iterations: options.iterations,
    seed: options.seed,
    ...totals,
    loginPagesShown,
    refreshes: authorizationServer.requests.count('token', 'refresh_token'),
    refreshTokenReuses: authorizationServer.requests.countRefreshTokenReuses(),
    ...Object.fromEntries([...events].map(([name, times]) => [`event ${name}`, times])),
  };
}

/** What calls are made, and where what they write is noted. */
interface CallPlan {
  readonly world: World;
  readonly random: Random;
  readonly isBroken: boolean;
  readonly name: string;
  readonly notes: Map<string, Note>;
}

/** Several calls from every tab at once; some write. */
async function callFromEveryTab({ world, random, isBroken, name, notes }: CallPlan): Promise<readonly CallResult[]> {
  const calls = world.pages.flatMap((page, tab) =>
    Array.from({ length: random.integer(1, 3) }, async (_, index) => {
      const note = random.next() < 0.4 ? `${name}/${tab}/${index}` : undefined;
      const sinceMs = Date.now();
      const result = await world.call(page, note);
      if (note !== undefined) notes.set(note, { result, isBroken: isBroken || world.wasStoppedSince(sinceMs) });
      return result;
    }),
  );
  return await Promise.all(calls);
}

async function happen(world: World, random: Random, name: EventName, iteration: number): Promise<void> {
  const { authorizationServer, api, app } = world.stack;
  const page = world.pages.length > 0 ? random.pick(world.pages) : await world.openTab();
  switch (name) {
    case 'calls':
      return;
    case 'expiry':
      await delay(random.integer(2000, 3500));
      return;
    case 'worker stop':
      await delay(random.integer(0, 80));
      await world.stopWorker();
      return;
    case 'page reload':
      await reload(page);
      return;
    case 'new tab':
      if (world.pages.length < MAX_TABS) await world.openTab().catch(() => {});
      return;
    case 'closed tab':
      if (world.pages.length > 1) await page.close();
      return;
    case 'browser restart':
      await world.restartBrowser();
      return;
    case 'worker update':
      await world.updateWorker(page, String(iteration)).catch(() => {});
      return;
    case 'network cut': {
      const servers = random.pick([
        [authorizationServer],
        [api],
        [authorizationServer, api],
        [authorizationServer, api, app],
      ]);
      for (const server of servers) server.goOffline();
      await delay(random.integer(100, 1500));
      for (const server of servers) server.goOnline();
      return;
    }
    case 'slow rotation':
      // The refresh token is rotated, and the answer takes its time: what stops the worker now stops it in between.
      authorizationServer.faults.plan(({ grantType }) => grantType === 'refresh_token', {
        stage: 'after',
        delayMs: random.integer(20, 300),
      });
      return;
    case 'stop in rotation': {
      // The server has rotated the refresh token, and the worker is stopped before it hears of it.
      const refresh = { hasArrived: false };
      authorizationServer.faults.plan(
        ({ grantType }) => {
          refresh.hasArrived ||= grantType === 'refresh_token';
          return grantType === 'refresh_token';
        },
        { stage: 'after', delayMs: 400 },
      );
      for (let calls = 0; calls < 20 && !refresh.hasArrived; calls++) {
        void world.call(page, undefined);
        await delay(200);
      }
      await delay(random.integer(0, 300));
      await world.stopWorker();
      return;
    }
    case 'sign-in':
      // The authorization server knows the user and answers without a page.
      await page.goto(`${app.origin}/auth/login?returnTo=/bare`).catch(() => {});
  }
}

/** Everything works again: whether the user is signed in without having done anything. */
async function settle(world: World): Promise<boolean> {
  const { authorizationServer, app } = world.stack;
  authorizationServer.faults.clear();
  for (let attempt = 0; attempt < 5; attempt++) {
    const page = world.pages[0] ?? (await world.openTab());
    const result = await world.call(page, undefined);
    if (result.kind === 'answered' && result.status === 200) return true;
    // What the user would do: look again in a moment.
    await delay(500);
    await inTime(
      EVENT_MS,
      page.evaluate(() => sessionStorage.clear()).catch(() => {}),
      undefined,
    );
    await page.goto(`${app.origin}${BARE_PAGE}`).catch(() => {});
    await connected(page).catch(() => {});
  }
  return false;
}

async function reload(page: Page): Promise<void> {
  await page.reload().catch(() => {});
  await connected(page).catch(() => {});
}

function countSilent(world: World): number {
  return world.stack.authorizationServer.requests
    .list('authorization')
    .filter(({ parameters }) => parameters.get('prompt') === 'none').length;
}

function count(totals: Totals, result: CallResult, iteration: string, progress: (line: string) => void): void {
  totals.calls += 1;
  if (result.kind === 'answered' && result.status < 300) totals.answered += 1;
  // A network error, or an answer of the worker's own that says why.
  else if (result.kind === 'failed' || result.kind === 'gone') totals.clearErrors += 1;
  else if (result.kind === 'answered' && result.body.includes('urn:tokenward:')) totals.clearErrors += 1;
  else if (result.kind === 'let past') {
    totals.letPastByBrowser += 1;
    progress(`iteration ${iteration}: Chromium let a call past the worker: ${result.body.slice(0, 200)}`);
  } else {
    totals.lost += 1;
    progress(`FAILED iteration ${iteration}: a call ended as ${JSON.stringify(result).slice(0, 600)}`);
  }
}
