import { describe, expect, test, vi } from 'vitest';
import type { Alarm } from '../../src/protocol/alarm.ts';
import type { TokenwardError } from '../../src/protocol/error.ts';
import { reportAlarm } from '../../sw/lifecycle/report.ts';
import { Tripwires } from '../../sw/lifecycle/tripwires.ts';

/** Tripwires, and a session that they may end. */
function setUp({ action = 'revoke', isSignedIn = true }: { action?: 'revoke' | 'wipe'; isSignedIn?: boolean } = {}) {
  const clock = { nowMs: 1_800_000_000_000 };
  const registration = { isUnregistered: false, replacement: (): string | undefined => undefined };
  let hasSession = isSignedIn;
  const endSession = vi.fn(async (_error: TokenwardError, _tokens: 'revoke' | 'wipe') => {
    const before = hasSession;
    hasSession = false;
    return before;
  });
  const revoke = vi.fn(async () => {});
  const isUnregistered = vi.fn(async () => registration.isUnregistered);
  const alarms: Alarm[] = [];
  const tripwires = new Tripwires({
    replacement: () => registration.replacement(),
    isUnregistered,
    endSession,
    revoke: action === 'revoke' ? revoke : undefined,
    announce: async (alarm) => alarms.push(alarm),
    now: () => clock.nowMs,
  });
  return {
    trip: (...given: Parameters<Tripwires['trip']>) => tripwires.trip(...given),
    tell: (...given: Parameters<Tripwires['tell']>) => tripwires.tell(...given),
    checkRegistration: () => tripwires.checkRegistration(),
    checkRegistrationThrottled: () => tripwires.checkRegistrationThrottled(),
    clock,
    registration,
    endSession,
    revoke,
    isUnregistered,
    alarms,
  };
}

describe('a tripwire that only code of the origin can set off', () => {
  test.for(['worker_unregistered', 'worker_replaced', 'worker_impersonated'] as const)(
    'ends the session, revokes its tokens and reports it: %s',
    async (tripwire) => {
      const { trip, endSession, revoke, alarms, clock } = setUp();

      await trip(tripwire);

      expect(endSession.mock.calls[0]?.[0]).toMatchObject({ code: tripwire });
      expect(endSession.mock.calls[0]?.[1]).toBe('revoke');
      expect(revoke).toHaveBeenCalledOnce();
      expect(alarms).toEqual([{ tripwire, consequence: 'revoked', atMs: clock.nowMs, count: 1 }]);
    },
  );

  test('only forgets the tokens where the configuration says so', async () => {
    const { trip, endSession, revoke, alarms } = setUp({ action: 'wipe' });

    await trip('worker_unregistered');

    expect(endSession).toHaveBeenCalledOnce();
    expect(revoke).not.toHaveBeenCalled();
    expect(alarms).toMatchObject([{ consequence: 'wiped' }]);
  });

  test('is reported also where there is no session', async () => {
    const { trip, revoke, alarms } = setUp({ isSignedIn: false });

    await trip('worker_impersonated');

    expect(revoke).not.toHaveBeenCalled();
    expect(alarms).toMatchObject([{ tripwire: 'worker_impersonated', consequence: 'reported' }]);
  });
});

test('a tripwire that another site or a server can set off ends no session', async () => {
  const { tell, endSession, alarms } = setUp();

  await tell('foreign_response', 'reported');
  await tell('token_reflected', 'stopped', 'https://api.example/debug');
  await tell('call_flood', 'stopped');

  expect(endSession).not.toHaveBeenCalled();
  expect(alarms).toMatchObject([
    { tripwire: 'foreign_response', consequence: 'reported' },
    { tripwire: 'token_reflected', consequence: 'stopped', url: 'https://api.example/debug' },
    { tripwire: 'call_flood', consequence: 'stopped' },
  ]);
  expect(alarms.filter((alarm) => 'url' in alarm)).toHaveLength(1);
});

describe('a tripwire that goes off again and again', () => {
  test('is reported once a minute, with its count', async () => {
    const { tell, alarms, clock } = setUp();

    for (let second = 0; second <= 120; second++) {
      await tell('foreign_response', 'reported');
      clock.nowMs += 1000;
    }

    expect(alarms.map(({ count }) => count)).toEqual([1, 60, 60]);
  });

  test('hides nothing else', async () => {
    const { tell, trip, alarms } = setUp();

    for (let time = 0; time < 1000; time++) await tell('foreign_response', 'reported');
    await trip('worker_unregistered');

    expect(alarms.map(({ tripwire }) => tripwire)).toEqual(['foreign_response', 'worker_unregistered']);
  });

  test('is reported again after the clock was set back', async () => {
    const { tell, alarms, clock } = setUp();

    await tell('call_flood', 'stopped');
    clock.nowMs -= 3_600_000;
    await tell('call_flood', 'stopped');

    expect(alarms).toHaveLength(2);
  });
});

describe('a check of the registration', () => {
  test('finds that the worker was unregistered', async () => {
    const { checkRegistration, registration, alarms } = setUp();
    registration.isUnregistered = true;

    await checkRegistration();

    expect(alarms).toMatchObject([{ tripwire: 'worker_unregistered', consequence: 'revoked' }]);
  });

  test('finds that another script has replaced it', async () => {
    const { checkRegistration, registration, alarms } = setUp();
    registration.replacement = () => '/other.js';

    await checkRegistration();

    expect(alarms).toMatchObject([{ tripwire: 'worker_replaced', consequence: 'revoked' }]);
  });

  test('finds nothing if nothing has changed', async () => {
    const { checkRegistration, endSession, alarms } = setUp();

    await checkRegistration();

    expect(endSession).not.toHaveBeenCalled();
    expect(alarms).toEqual([]);
  });

  test('at a request happens once in ten seconds, however many requests there are', () => {
    const { checkRegistrationThrottled, isUnregistered, clock } = setUp();

    for (let request = 0; request < 100; request++) checkRegistrationThrottled();
    expect(isUnregistered).toHaveBeenCalledOnce();
    clock.nowMs += 10_000;
    for (let request = 0; request < 100; request++) checkRegistrationThrottled();

    expect(isUnregistered).toHaveBeenCalledTimes(2);
  });
});

describe('a report', () => {
  const alarm: Alarm = { tripwire: 'call_flood', consequence: 'stopped', atMs: 1, count: 1 };
  const url = new URL('https://app.example/alarms');

  test('is the alarm as JSON, and nothing that identifies the user', async () => {
    const send = vi.fn<typeof fetch>(async () => new Response());

    await reportAlarm(send, url, alarm);

    const [target, init] = send.mock.calls[0] ?? [];
    expect(target).toBe(url);
    expect(init).toMatchObject({ method: 'POST', credentials: 'omit', referrerPolicy: 'no-referrer' });
    expect(await new Response(init?.body).json()).toEqual(alarm);
  });

  test('that no server accepts is not sent again', async () => {
    const send = vi.fn<typeof fetch>(() => Promise.reject(new TypeError('Failed to fetch')));

    await expect(reportAlarm(send, url, alarm)).resolves.toBeUndefined();

    expect(send).toHaveBeenCalledOnce();
  });
});
