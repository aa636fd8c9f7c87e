import type { Browser, Page } from 'playwright';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, openBarePage, sessionOf, signIn } from '../support/app-page.ts';
import { launchChromium } from '../support/browser.ts';
import type { FigureRun, Summary } from '../support/figures.ts';
import { controlServiceWorkers, type ServiceWorkerControl } from '../support/service-worker.ts';
import { CLOCK_PATH, setWorkerClockForward, withServedClock } from '../support/worker-clock.ts';
import { updateWorker } from '../support/worker-life.ts';
import { untilTrue } from '../support/until.ts';
import { Random } from './random.ts';

/** Events of an iteration, and their weights. */
const EVENTS = {
  'time passes': 20,
  activity: 14,
  'worker stop': 12,
  'time passes while the worker is stopped': 8,
  'clock set back': 8,
  'clock set back while the worker is stopped': 8,
  'page reload': 6,
  'worker update': 3,
} as const;

type EventName = keyof typeof EVENTS;

const IDLE_MS = 300_000;
const ABSOLUTE_MS = 1_200_000;

/** Time by which an end may be off: a worker writes its time down once in 15 seconds, and the servers have the time of the machine. */
const TOLERANCE_MS = 20_000;

/** Servers and a browser with two tabs, the right time, and the clock of the worker, which may be wrong. */
class LimitedWorld {
  readonly stack: Stack;
  readonly #browser: Browser;
  readonly #workers: ServiceWorkerControl;
  readonly tabs: readonly Page[];
  /** How far the right time is ahead of that of the machine, in milliseconds. */
  #passedMs = 0;
  /** How far the worker's clock is off the right time, in milliseconds. */
  #errorMs = 0;
  #activeAtMs = 0;
  #signedInAtMs = 0;

  static async create(): Promise<LimitedWorld> {
    const session = { idleSeconds: IDLE_MS / 1000, absoluteSeconds: ABSOLUTE_MS / 1000 };
    const stack = await startStack({
      authorizationServer: { accessTokenTtlSeconds: 3600 },
      app: {
        worker: { withoutSession: 'problem', session },
        workerScript: withServedClock,
        workerConnections: ["'self'"],
      },
    });
    const browser = await launchChromium();
    const context = await browser.newContext();
    context.setDefaultTimeout(60_000);
    // The functions that run in a page were compiled with calls of this.
    await context.addInitScript('globalThis.__name = (value) => value;');
    const tabs = [await context.newPage(), await context.newPage()];
    const bystander = await context.newPage();
    const world = new LimitedWorld(stack, browser, tabs, await controlServiceWorkers(bystander));
    world.#serveClock();
    await world.signIn();
    for (const tab of tabs) await openBarePage(tab, stack);
    return world;
  }

  private constructor(stack: Stack, browser: Browser, tabs: readonly Page[], workers: ServiceWorkerControl) {
    this.#workers = workers;
    this.stack = stack;
    this.#browser = browser;
    this.tabs = tabs;
  }

  /** Time since the session should have ended, in milliseconds; negative before. */
  get overdueMs(): number {
    const nowMs = Date.now() + this.#passedMs;
    return Math.max(nowMs - this.#activeAtMs - IDLE_MS, nowMs - this.#signedInAtMs - ABSOLUTE_MS);
  }

  /** Signs in on the login page. */
  async signIn(): Promise<void> {
    const [tab] = this.tabs;
    if (!tab) return;
    // The servers have the time of the machine: an ID token of theirs must be neither of a time to come nor out of date.
    const aheadMs = this.#passedMs + this.#errorMs;
    this.#passedMs = 0;
    this.#errorMs = 0;
    this.#serveClock();
    if (aheadMs !== 0) await setWorkerClockForward(tab, -aheadMs / 1000);
    this.stack.authorizationServer.endUserSessions();
    await signIn(tab, this.stack);
    this.#signedInAtMs = Date.now() + this.#passedMs;
    this.#activeAtMs = this.#signedInAtMs;
  }

  /** Stops the worker, and waits until it has stopped: one that runs on does not know what passes unseen. */
  async stopWorker(): Promise<void> {
    await this.#workers.stopAll();
  }

  /** Waits until another ID token of the server is of another second than the one before. */
  async nextSecond(): Promise<void> {
    const issuedMs = this.stack.authorizationServer.requests.list('token').at(-1)?.atMs ?? 0;
    await untilTrue(
      async () => Date.now() - issuedMs > 1000,
      () => 'a second to pass',
    );
  }

  async noteActivity(tab: Page): Promise<void> {
    const isAlive = this.overdueMs < 0;
    await tab.evaluate(() => window.tokenward.stayActive());
    if (isAlive) this.#activeAtMs = Date.now() + this.#passedMs;
  }

  /** Lets time pass, and a worker that runs know it. */
  async pass(tab: Page, ms: number): Promise<void> {
    this.passUnseen(ms, 0);
    await setWorkerClockForward(tab, ms / 1000);
  }

  /** Lets time pass that no worker sees, and sets the clock that the next one finds. */
  passUnseen(ms: number, setMs: number): void {
    this.#passedMs += ms;
    this.#errorMs += setMs;
    this.#serveClock();
  }

  /** Sets the clock of the worker that runs. */
  async setClock(tab: Page, ms: number): Promise<void> {
    this.passUnseen(0, ms);
    await setWorkerClockForward(tab, ms / 1000);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.stack.close();
  }

  #serveClock(): void {
    const body = String(this.#passedMs + this.#errorMs);
    this.stack.app.pages.set(CLOCK_PATH, { body, contentType: 'application/json' });
  }
}

async function happen(world: LimitedWorld, random: Random, name: EventName, iteration: number): Promise<void> {
  const tab = random.pick(world.tabs);
  const ms = 1000 * random.integer(1, random.next() < 0.1 ? 360 : 90);
  const backMs = -1000 * random.integer(10, 7200);
  switch (name) {
    case 'time passes':
      return world.pass(tab, ms);
    case 'activity':
      return world.noteActivity(tab);
    case 'worker stop':
      return world.stopWorker();
    case 'time passes while the worker is stopped':
      await world.stopWorker();
      return world.passUnseen(ms, 0);
    case 'clock set back':
      return world.setClock(tab, backMs);
    case 'clock set back while the worker is stopped':
      await world.nextSecond();
      await world.stopWorker();
      // By less than the limit, nothing but the next refresh can show it: the threat model says so.
      return world.passUnseen(0, backMs - IDLE_MS);
    case 'page reload':
      return openBarePage(tab, world.stack);
    case 'worker update':
      world.stack.app.setWorkerRelease(String(iteration));
      return updateWorker(tab);
  }
}

/** Stops, updates, reloads, lets time pass and sets the clock at random; a session must end at its limit, not before and not after. */
export async function runWithLimits({
  options,
  progress,
  check,
}: FigureRun<{ iterations: number; seed: number; verbose: boolean }>): Promise<Summary> {
  const world = await LimitedWorld.create();
  const random = new Random(options.seed);
  const events = new Map<EventName, number>();
  let [outlived, early, ended, answered] = [0, 0, 0, 0];
  try {
    for (let iteration = 1; iteration <= options.iterations; iteration++) {
      const name = random.weighted(EVENTS);
      events.set(name, (events.get(name) ?? 0) + 1);
      if (options.verbose) progress(`iteration ${iteration}: ${name}, ${Math.round(world.overdueMs / 1000)} s`);
      await happen(world, random, name, iteration);
      const beforeMs = world.overdueMs;
      const tab = random.pick(world.tabs);
      const { status } = await callApi(tab, world.stack);
      const told = `iteration ${iteration} (${name}): ${status}, overdue for ${Math.round(beforeMs / 1000)} s`;
      if (status === 200) {
        answered += 1;
        if (beforeMs < TOLERANCE_MS) continue;
        outlived += 1;
        progress(`FAILED ${told}: the session has outlived its limit`);
      } else {
        const session = await sessionOf(tab);
        const isExpired = session.status === 'signed-out' && session.reason === 'expired';
        ended += 1;
        if (world.overdueMs < -TOLERANCE_MS || !isExpired) {
          early += 1;
          progress(`FAILED ${told}: the session has ended before its limit, ${JSON.stringify(session)}`);
        }
        await world.signIn();
      }
      if (iteration % 25 === 0) progress(`${iteration} of ${options.iterations}: ${ended} sessions have ended`);
    }
  } finally {
    await world.close();
  }
  check('no session outlives a limit', outlived === 0, `${outlived}`);
  check('no session ends before a limit', early === 0, `${early} of ${ended}`);
  check('sessions end', ended > 0, `${ended}`);
  return {
    iterations: options.iterations,
    seed: options.seed,
    outlived,
    early,
    ended,
    answered,
    ...Object.fromEntries([...events].map(([name, times]) => [`event ${name}`, times])),
  };
}
