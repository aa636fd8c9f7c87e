import { describe, expect, test } from 'vitest';
import { TokenwardError } from '../../src/protocol/error.ts';
import type { Session, SessionLimit } from '../../src/protocol/session.ts';
import { LimitedWorld, LIMITS } from '../support/limited-session.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A session that began now. */
async function signedIn(authenticatedAgoMs?: number): Promise<LimitedWorld> {
  const world = new LimitedWorld();
  await world.signIn(authenticatedAgoMs);
  return world;
}

/** The end of a session by one of its limits, as a page sees it. */
function endOf(session: Session, limit: SessionLimit): number {
  if (session.status === 'signed-out') throw new Error('There is no session.');
  return session.limits?.[limit]?.endsAtMs ?? Number.NaN;
}

describe('a session past its idle limit is over before any request gets its token', () => {
  test.each<[how: string, lapse: (world: LimitedWorld) => void]>([
    ['when time has passed', (world) => world.pass(5 * MINUTE)],
    ['when the machine slept', (world) => world.sleep(5 * MINUTE)],
    ['when the worker was stopped', (world) => world.restart(5 * MINUTE)],
    [
      'when the worker was stopped in between',
      (world) => {
        world.pass(2 * MINUTE);
        world.restart(2 * MINUTE);
        world.pass(MINUTE);
      },
    ],
    [
      'when the clock was set back meanwhile',
      (world) => {
        world.setClock(-4 * MINUTE);
        world.pass(5 * MINUTE);
      },
    ],
  ])('%s', async (_, lapse) => {
    const world = await signedIn();
    expect(await world.token()).toBe('access-0');
    lapse(world);

    expect(await world.token()).toBeUndefined();
    expect(await world.end()).toBe('expired idle');
    expect(world.refreshes).toBe(0);
  });

  test('when the limit passes while a refresh is under way', async () => {
    const world = await signedIn();
    world.pass(5 * MINUTE - 5 * SECOND);
    const { session } = world;
    const token = world.token();
    world.pass(10 * SECOND);

    expect(await token).toBeUndefined();
    expect(session.passIfSignedOut()).toBe(true);
    expect(world.revoked.length).toBeGreaterThan(0);
  });

  test('and not a second earlier', async () => {
    const world = await signedIn();
    world.pass(5 * MINUTE - SECOND);

    expect(await world.token()).toBeDefined();
    expect(await world.end()).toBe('none');
  });
});

describe('at the end of a session by a limit', () => {
  test('the tokens are revoked and forgotten, and every page is told which limit it was', async () => {
    const world = await signedIn();
    world.pass(5 * MINUTE);
    await world.session.view();

    expect(world.announced.at(-1)).toMatchObject({ status: 'signed-out', reason: 'expired', limit: 'idle' });
    expect(world.revoked.map(({ refreshToken }) => refreshToken?.reveal())).toEqual(['refresh-0']);
    await expect.poll(async () => JSON.stringify(await world.record())).not.toContain('refresh-0');
  });

  test('it stays over for the next worker', async () => {
    const world = await signedIn();
    world.pass(5 * MINUTE);
    await world.session.view();
    world.restart(0, -5 * MINUTE);

    expect(await world.end()).toBe('expired idle');
    expect(await world.token()).toBeUndefined();
  });

  test('the user can sign in again, with a new time', async () => {
    const world = await signedIn();
    world.pass(5 * MINUTE);
    await world.session.view();
    await world.signIn(0);
    world.pass(4 * MINUTE);

    expect(await world.token()).toBeDefined();
  });
});

describe('the idle limit', () => {
  test('moves with the activity of the user, by the time of the activity', async () => {
    const world = await signedIn();
    world.pass(4 * MINUTE);
    await world.session.limits?.note({ agoMs: 10 * SECOND });
    world.pass(5 * MINUTE - 11 * SECOND);
    expect(await world.end()).toBe('none');
    world.pass(SECOND);

    expect(await world.end()).toBe('expired idle');
  });

  test('does not move with requests, refreshes and restarts', async () => {
    const world = await signedIn();
    for (let minute = 0; minute < 4; minute++) {
      world.pass(MINUTE);
      await world.token();
      world.restart();
      await world.session.recover();
    }
    world.pass(MINUTE);

    expect(await world.token()).toBeUndefined();
  });

  test('is not extended by an activity that comes too late', async () => {
    const world = await signedIn();
    world.pass(5 * MINUTE);
    await world.session.limits?.note({ agoMs: 0 });

    expect(await world.end()).toBe('expired idle');
  });

  test('is not extended by an activity in the future', async () => {
    const world = await signedIn();
    await world.session.limits?.note({ agoMs: -60 * MINUTE });
    world.pass(5 * MINUTE);

    expect(await world.end()).toBe('expired idle');
  });

  test('does not write down what changes nothing', async () => {
    const world = await signedIn();
    const before = await world.record();
    for (let report = 0; report < 100; report++) await world.session.limits?.note({ agoMs: 0 });

    expect(await world.record()).toEqual(before);
  });
});

describe('the absolute limit', () => {
  test('ends a session however active its user is', async () => {
    const world = await signedIn();
    for (let minute = 0; minute < 60; minute++) {
      expect(await world.token()).toBeDefined();
      world.pass(MINUTE);
      await world.session.limits?.note({ agoMs: 0 });
    }

    expect(await world.token()).toBeUndefined();
    expect(await world.end()).toBe('expired absolute');
  });

  test('counts from the authentication that the server names', async () => {
    const world = await signedIn(58 * MINUTE);
    world.pass(MINUTE + 59 * SECOND);
    expect(await world.end()).toBe('none');
    world.pass(SECOND);

    expect(await world.end()).toBe('expired absolute');
  });

  test('has passed at once if the authentication is too long ago', async () => {
    const world = await signedIn(61 * MINUTE);

    expect(await world.token()).toBeUndefined();
    expect(world.revoked).toHaveLength(1);
  });

  test.each([
    ['names the same authentication', true],
    ['names none', false],
  ])('goes on through silent sign-ins if the server %s', async (_, saysSo) => {
    const world = await signedIn(saysSo ? 0 : undefined);
    for (let minute = 1; minute < 60; minute++) {
      world.pass(MINUTE);
      await world.session.limits?.note({ agoMs: 0 });
      await world.signIn(saysSo ? minute * MINUTE : undefined);
    }
    expect(await world.end()).toBe('none');
    world.pass(MINUTE);

    expect(await world.end()).toBe('expired absolute');
  });

  test('begins anew with a new authentication', async () => {
    const world = await signedIn(50 * MINUTE);
    await world.signIn(0);
    world.pass(4 * MINUTE);
    await world.session.limits?.note({ agoMs: 0 });
    world.pass(4 * MINUTE);
    await world.session.limits?.note({ agoMs: 0 });
    world.pass(4 * MINUTE);

    expect(await world.end()).toBe('none');
  });
});

describe('a silent sign-in', () => {
  test('is no activity of the user', async () => {
    const world = await signedIn(0);
    world.pass(4 * MINUTE);
    await world.signIn(4 * MINUTE);
    world.pass(MINUTE);

    expect(await world.end()).toBe('expired idle');
  });

  test('after a session was lost goes on with its time', async () => {
    const world = await signedIn(0);
    world.pass(4 * MINUTE);
    await world.session.end(new Error('lost'), 'wipe');
    world.restart(30 * SECOND);
    await world.signIn(4.5 * MINUTE);
    world.pass(30 * SECOND);

    expect(await world.end()).toBe('expired idle');
  });

  test('of another user has a time of its own', async () => {
    const world = await signedIn();
    world.pass(4 * MINUTE);
    await world.signIn(undefined, 'grace');
    world.pass(4 * MINUTE);

    expect(await world.end()).toBe('none');
  });
});

describe('a silent sign-in after the end of a session does not begin its time anew', () => {
  const ends: readonly (readonly [how: string, end: (world: LimitedWorld) => Promise<void>])[] = [
    ['by the absolute limit', async (world) => passActive(world, 60)],
    [
      'by a sign-out',
      async (world) => {
        await passActive(world, 58);
        await world.session.signOut();
      },
    ],
    [
      'by a loss, after which the server has refused another silent sign-in',
      async (world) => {
        await passActive(world, 58);
        await world.session.end(new Error('lost'), 'wipe');
        await world.session.fail(new TokenwardError('authorization_refused', 'login_required'));
      },
    ],
    [
      'by a sign-out, before the worker was stopped',
      async (world) => {
        await passActive(world, 50);
        await world.session.signOut();
        world.restart(8 * MINUTE);
      },
    ],
    [
      'by a loss, and then by a silent sign-in of another user',
      async (world) => {
        await passActive(world, 58);
        await world.session.end(new Error('lost'), 'wipe');
        await world.signIn(undefined, 'grace', { renewal: {} });
      },
    ],
  ];

  test.each(ends)('%s, if the server names no authentication', async (_, end) => {
    const world = await signedIn();
    await end(world);
    await world.signIn(undefined, 'ada', { renewal: {} });
    await passActive(world, 2);

    expect(await world.token()).toBeUndefined();
    expect(await world.end()).toMatch(/^expired/);
    await expectNoToken(world);
  });

  test('by the idle limit, if the server names the same authentication', async () => {
    const world = await signedIn(0);
    world.pass(5 * MINUTE);
    await world.session.view();
    world.pass(MINUTE);
    await world.signIn(6 * MINUTE, 'ada', { renewal: {} });

    expect(await world.token()).toBeUndefined();
    expect(await world.end()).toBe('expired idle');
    await expectNoToken(world);
  });

  test('but it begins one if the server names a later authentication', async () => {
    const world = await signedIn(0);
    world.pass(5 * MINUTE);
    await world.session.view();
    world.pass(2 * MINUTE);
    await world.signIn(MINUTE, 'ada', { renewal: {} });
    world.pass(4 * MINUTE);

    expect(await world.token()).toBeDefined();
    expect(await world.end()).toBe('none');
  });

  test.each(ends)('%s, and one that may have asked the user begins it anew', async (_, end) => {
    const world = await signedIn();
    await end(world);
    await world.signIn();
    await passActive(world, 4);

    expect(await world.end()).toBe('none');
  });
});

/** Lets minutes pass, in which the user is active. */
async function passActive(world: LimitedWorld, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    world.pass(MINUTE);
    await world.session.limits?.note({ agoMs: 0 });
  }
  await world.session.view();
}

/** Expects that the record holds no refresh token: each was revoked, and forgotten. */
async function expectNoToken(world: LimitedWorld): Promise<void> {
  await expect.poll(async () => JSON.stringify(await world.record())).not.toContain('refresh-');
}

describe('when the clock was set back while no worker ran', () => {
  test('no request gets a token before the server has said what time it is', async () => {
    const world = await signedIn();
    world.restart(MINUTE, -60 * MINUTE);

    expect(await world.token()).toBe('access-1');
    expect(await world.end()).toBe('none');
    world.pass(4 * MINUTE);
    expect(await world.end()).toBe('expired idle');
  });

  test('in the same second as the sign-in, the server can say so too', async () => {
    const world = await signedIn();
    world.restart(0, -60 * MINUTE);

    expect(await world.token()).toBe('access-1');
  });

  test('the session is over if the server says so', async () => {
    const world = await signedIn();
    world.restart(10 * MINUTE, -60 * MINUTE);

    expect(await world.token()).toBeUndefined();
    expect(await world.end()).toBe('expired idle');
    expect(world.revoked.map(({ refreshToken }) => refreshToken?.reveal())).toEqual(['refresh-1']);
  });

  test('the session waits for a network', async () => {
    const world = await signedIn();
    world.isOnline = false;
    world.restart(MINUTE, -60 * MINUTE);
    await expect(world.token()).rejects.toThrow('no network');
    world.restart(MINUTE);
    await expect(world.token()).rejects.toThrow('no network');
    world.isOnline = true;
    world.restart();

    expect(await world.token()).toBe('access-1');
  });

  test('the session is over if no server can say what time it is', async () => {
    const world = await signedIn();
    world.hasIdToken = false;
    world.restart(MINUTE, -60 * MINUTE);

    expect(await world.token()).toBeUndefined();
    expect(await world.end()).toBe('expired idle');
  });

  test('the time that an earlier worker has seen is not lost', async () => {
    const world = await signedIn();
    world.restart(4 * MINUTE);
    await world.token();
    world.hasIdToken = false;
    world.restart(MINUTE, -30 * SECOND);

    expect(await world.end()).toBe('none');
    world.pass(30 * SECOND);
    expect(await world.end()).toBe('expired idle');
  });

  test('by less than has passed, the next refresh shows it', async () => {
    const world = await signedIn();
    world.restart(6 * MINUTE, -5 * MINUTE);
    world.pass(3.9 * MINUTE);

    expect(await world.token()).toBeUndefined();
    expect(await world.end()).toBe('expired idle');
    expect(world.refreshes).toBe(1);
  });
});

describe('the report of a page that the limit has passed', () => {
  test('ends the session that it is about', async () => {
    const world = await signedIn();
    const endsAtMs = endOf(await world.session.view(), 'idle');
    await world.session.limits?.note({ limit: 'idle', endsAtMs });

    expect(await world.end()).toBe('expired idle');
  });

  test('ends no session that goes on since, by activity in another tab', async () => {
    const world = await signedIn();
    const endsAtMs = endOf(await world.session.view(), 'idle');
    world.pass(MINUTE);
    await world.session.limits?.note({ agoMs: 0 });
    await world.session.limits?.note({ limit: 'idle', endsAtMs });

    expect(await world.end()).toBe('none');
  });

  test('ends a session whose clock was set back while no worker ran', async () => {
    const world = await signedIn();
    const endsAtMs = endOf(await world.session.view(), 'idle');
    world.restart(5 * MINUTE, -4 * MINUTE);
    await world.session.limits?.note({ limit: 'idle', endsAtMs });

    expect(await world.end()).toBe('expired idle');
  });
});

describe('a sign-in', () => {
  test('may be no longer ago than the absolute limit', async () => {
    const world = new LimitedWorld();

    expect(await world.session.limits?.maxAgeSeconds()).toBe(3600);
  });

  test('after an end must be later than the end', async () => {
    const world = await signedIn();
    world.pass(5 * MINUTE);
    await world.session.view();
    expect(await world.session.limits?.maxAgeSeconds()).toBe(1);
    world.pass(90 * SECOND);

    expect(await world.session.limits?.maxAgeSeconds()).toBe(90);
  });

  test('may be of any age without an absolute limit', async () => {
    const world = new LimitedWorld({ ...LIMITS, absoluteMs: undefined });

    expect(await world.session.limits?.maxAgeSeconds()).toBeUndefined();
  });
});

test('without limits a session takes no note of its time', async () => {
  const world = new LimitedWorld('none');
  await world.signIn(0);
  const before = await world.record();

  expect(world.session.limits).toBeUndefined();
  expect(before).not.toHaveProperty('time');
  expect(await world.session.view()).not.toHaveProperty('limits');
});

test('a session from before the limits were configured begins its time now', async () => {
  const before = new LimitedWorld('none');
  await before.signIn(0);
  const world = before.withLimits(LIMITS);
  world.pass(4 * MINUTE);
  expect(await world.end()).toBe('none');
  world.pass(5 * MINUTE);

  expect(await world.end()).toBe('expired idle');
});
