import { expect, test } from 'vitest';
import type { LimitsView, SessionLimit } from '../../src/protocol/session.ts';
import { Random } from '../chaos/random.ts';
import { LimitedWorld, LIMITS } from '../support/limited-session.ts';

/** Events, and their weights. */
const EVENTS = {
  'time passes': 20,
  activity: 14,
  request: 14,
  'worker stop': 10,
  sleep: 4,
  'clock set back': 6,
  'clock set back and worker stop': 6,
  'clock set back while stopped': 6,
  'silent sign-in': 4,
  'step-up': 2,
} as const;

const HISTORIES = 500;
const STEPS = 60;

/** Time by which a session may end too early: servers count whole seconds. */
const TOLERANCE_MS = 6000;

/** A page that knows when the session ends, and reports it by a clock of its own. */
class WatchingPage {
  #seen: LimitsView | undefined;
  #sinceMs = 0;

  look(world: LimitedWorld): void {
    const session = world.announced.at(-1);
    const limits = session?.status === 'signed-in' ? session.limits : undefined;
    if (limits === this.#seen) return;
    this.#seen = limits;
    this.#sinceMs = world.pageMs;
  }

  /** Reports the limits that have passed by the clock of the page. */
  async report(world: LimitedWorld): Promise<void> {
    for (const limit of ['idle', 'absolute'] satisfies SessionLimit[]) {
      const end = this.#seen?.[limit];
      if (end && world.pageMs - this.#sinceMs >= end.leftMs)
        await world.session.limits?.note({ limit, endsAtMs: end.endsAtMs });
    }
  }
}

/** One session from its begin to its end, and what was wrong with the end. */
async function history(seed: number): Promise<string | undefined> {
  const random = new Random(seed);
  const world = new LimitedWorld();
  const page = new WatchingPage();
  let idleMs = 0;
  let ageMs = 0;
  const log: string[] = [];
  await world.signIn(0);
  page.look(world);
  const { idleMs: idleLimit = 0, absoluteMs: absoluteLimit = 0 } = LIMITS;
  const pass = (ms: number): number => {
    idleMs += ms;
    ageMs += ms;
    return ms;
  };
  for (let step = 0; step < STEPS; step++) {
    const event = random.weighted(EVENTS);
    const ms = 1000 * random.integer(1, random.next() < 0.1 ? 360 : 90);
    const backMs = -1000 * random.integer(10, 7200);
    log.push(`${event} ${ms} ${backMs}`);
    switch (event) {
      case 'time passes':
        world.pass(pass(ms));
        break;
      case 'activity': {
        world.pass(pass(1000));
        if (idleMs < idleLimit && ageMs < absoluteLimit) idleMs = 0;
        await world.session.limits?.note({ agoMs: 0 });
        break;
      }
      case 'request':
        world.pass(pass(1000));
        break;
      case 'worker stop':
        world.restart(pass(ms));
        break;
      case 'sleep':
        world.sleep(pass(ms));
        break;
      case 'clock set back':
        world.setClock(backMs);
        world.pass(pass(ms));
        break;
      case 'clock set back and worker stop':
        world.setClock(backMs);
        world.pass(pass(ms));
        world.restart();
        break;
      case 'clock set back while stopped':
        world.restart(pass(ms), backMs);
        break;
      case 'silent sign-in':
        await world.session.view();
        if ((await world.end()) === 'none') await world.signIn(ageMs);
        break;
      case 'step-up':
        if ((await world.end()) === 'none') {
          await world.signIn(0);
          idleMs = 0;
          ageMs = 0;
        }
    }
    await page.report(world);
    const token = await world.token();
    page.look(world);
    const overdueMs = Math.max(idleMs - idleLimit, ageMs - absoluteLimit);
    const told = `seed ${seed}, step ${step}: ${log.slice(-4).join('; ')}; idle ${idleMs}, age ${ageMs}`;
    if (token !== undefined && overdueMs >= 0) return `outlived its limit: ${told}`;
    if (token === undefined) {
      if (overdueMs < -TOLERANCE_MS) return `ended before its limit (${await world.end()}): ${told}`;
      if (!(await world.end()).startsWith('expired')) return `ended otherwise (${await world.end()}): ${told}`;
      if (world.revoked.length === 0) return `not revoked: ${told}`;
      return undefined;
    }
  }
  return undefined;
}

test('in 500 histories of stops, sleeps and changes of the clock, no session outlives a limit, and none ends before it', async () => {
  const problems: string[] = [];
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const problem = await history(seed);
    if (problem !== undefined) problems.push(problem);
  }

  expect(problems).toEqual([]);
});
