import { describe, expect, test } from 'vitest';
import type { LimitsView, Session } from '../../src/protocol/session.ts';
import type { WatchedRequest } from '../../src/protocol/worker-api.ts';
import type { AccessChallenge } from '../../src/protocol/access-challenge.ts';
import {
  addAlarm,
  addChallenge,
  addExplained,
  addSession,
  addTimed,
  addWatched,
  addWorker,
  clearRecord,
  EMPTY_RECORD,
  type InspectorRecord,
  isAboutUrl,
  type TimedRequest,
} from '../../src/inspector/record.ts';
import { kindOf, layOutTimeLine, REQUEST_ROWS } from '../../src/inspector/time-line.ts';
import { parseWatchedRequest } from '../../src/inspector/worker-source.ts';

const URL_OF_NOTES = 'https://api.example/v1/notes';
const SIGNED_OUT: Session = { status: 'signed-out', reason: 'signed-out' };

function signedIn(expiresAtMs: number, limits?: LimitsView): Session {
  return {
    status: 'signed-in',
    claims: { sub: 'ada' },
    scopes: ['notes'],
    storage: 'sealed',
    network: 'online',
    expiresAtMs,
    ...(limits && { limits }),
  };
}

function watched(changes: Partial<WatchedRequest> = {}): WatchedRequest {
  return {
    url: URL_OF_NOTES,
    method: 'POST',
    destination: '',
    atMs: 1000,
    action: 'authorize',
    reason: 'covered',
    rule: 'protectedResources[0]',
    ...changes,
  };
}

function timed(changes: Partial<TimedRequest> = {}): TimedRequest {
  return { url: URL_OF_NOTES, destination: '', atMs: 990, tookMs: 40, status: 201, ...changes };
}

function textsOf({ happenings }: InspectorRecord): readonly string[] {
  return happenings.map(({ text }) => text);
}

describe('the record of the inspector', () => {
  test('names the limit that has ended a session', () => {
    const ended: Session = { status: 'signed-out', reason: 'expired', limit: 'idle' };

    expect(textsOf(addSession(addSession(EMPTY_RECORD, signedIn(1000), 1), ended, 2)).at(-1)).toBe(
      'Signed out: expired (idle)',
    );
  });

  test('has a sign-in, renewals and a sign-out, and no event without a change', () => {
    const news: readonly Session[] = [
      { status: 'signed-out', reason: 'not-signed-in' },
      signedIn(10_000),
      signedIn(10_000),
      signedIn(20_000),
      SIGNED_OUT,
    ];
    const record = news.reduce((before, session, index) => addSession(before, session, index * 1000), EMPTY_RECORD);

    expect(textsOf(record)).toEqual([
      'No session: not-signed-in',
      'Signed in',
      'Access token renewed',
      'Signed out: signed-out',
    ]);
    expect(record.tokens.map(({ isRenewal }) => isRenewal)).toEqual([false, true]);
    expect(record.sessions.map(({ status }) => status)).toEqual(['signed-out', 'signed-in', 'signed-out']);
  });

  test('has each start of the worker once', () => {
    const runs = [1000, 1000, 5000].map((startedAtMs) => ({ version: '0.1.0', startedAtMs }));

    expect(runs.reduce(addWorker, EMPTY_RECORD).starts).toEqual([1000, 5000]);
  });

  test('has the alarms', () => {
    const alarm = { tripwire: 'call_flood', consequence: 'stopped', atMs: 1, count: 3 } as const;

    expect(textsOf(addAlarm(EMPTY_RECORD, alarm))).toEqual(['Alarm: call_flood (stopped, 3 times)']);
  });

  test.for<[what: string, challenge: Partial<AccessChallenge>, text: string]>([
    [
      'claims',
      { claims: '{"access_token":{"nbf":null}}' },
      'insufficient_claims (claims {"access_token":{"nbf":null}})',
    ],
    [
      'scopes, classes and an age',
      { error: 'insufficient_user_authentication', scopes: ['a', 'b'], acrValues: ['urn:mfa'], maxAge: 300 },
      'insufficient_user_authentication (scopes a b, acr_values urn:mfa, a sign-in within 5 min)',
    ],
    ['nothing in particular', {}, 'insufficient_claims'],
  ])('says what a challenge requires: %s', ([, challenge, text]) => {
    const met = { error: 'insufficient_claims', method: 'POST', url: 'https://api.example/v1', ...challenge } as const;

    expect(textsOf(addChallenge(EMPTY_RECORD, met, 1))).toEqual([`POST https://api.example/v1 requires more: ${text}`]);
  });

  test('joins the worker’s report of a request with the browser’s timing', () => {
    const record = addTimed(addWatched(EMPTY_RECORD, watched()), timed());

    expect(record?.requests).toMatchObject([{ method: 'POST', status: 201, tookMs: 40, reason: 'covered' }]);
  });

  test.for<[what: string, timing: TimedRequest]>([
    ['another URL', timed({ url: 'https://api.example/v1' })],
    ['another time', timed({ atMs: 60_000 })],
  ])('treats a timing of %s as that of another request', ([, timing]) => {
    expect(addTimed(addWatched(EMPTY_RECORD, watched()), timing)).toBeUndefined();
  });

  test('gives each of two requests to one URL its own timing', () => {
    const two = addWatched(addWatched(EMPTY_RECORD, watched()), watched({ method: 'GET' }));
    const once = addTimed(two, timed()) ?? two;
    const twice = addTimed(once, timed({ status: 200 }));

    expect(twice?.requests.map(({ method, status }) => [method, status])).toEqual([
      ['POST', 201],
      ['GET', 200],
    ]);
    expect(twice && addTimed(twice, timed())).toBeUndefined();
  });

  test('names no method for a request that the worker has not reported', () => {
    const { requests } = addExplained(EMPTY_RECORD, timed(), { action: 'pass', reason: 'other_origin' });

    expect(requests[0]).not.toHaveProperty('method');
    expect(isAboutUrl({ action: 'pass', reason: 'other_path' })).toBe(true);
    expect(isAboutUrl({ action: 'pass', reason: 'other_method' })).toBe(false);
  });

  test('is bounded', () => {
    let record = EMPTY_RECORD;
    for (let index = 0; index < 1000; index++) record = addWatched(record, watched({ atMs: index }));

    expect(record.requests).toHaveLength(300);
    expect(new Set(record.requests.map(({ id }) => id)).size).toBe(300);
    expect(clearRecord(record).requests).toEqual([]);
  });
});

describe('the time line', () => {
  const view = { nowMs: 100_000, spanMs: 60_000, widthPx: 1000 };

  test('shows the remaining life of an access token, and ends it with the session', () => {
    const record = addSession(EMPTY_RECORD, signedIn(110_000), 70_000);
    const { nowX, tokens } = layOutTimeLine(record, view);
    const [ended] = layOutTimeLine(addSession(record, SIGNED_OUT, 85_000), view).tokens;

    expect(nowX).toBe(800);
    expect((tokens[0]?.x ?? 0) + (tokens[0]?.width ?? 0)).toBeGreaterThan(nowX);
    expect((ended?.x ?? 0) + (ended?.width ?? 0)).toBeCloseTo(600);
  });

  test('leaves out what is older than it shows', () => {
    const record = [10_000, 39_000, 41_000].reduce(
      (before, atMs) => addWatched(before, watched({ atMs })),
      addWorker(EMPTY_RECORD, { version: '0.1.0', startedAtMs: 5000 }),
    );
    const { requests, starts } = layOutTimeLine(record, view);

    expect(requests).toHaveLength(1);
    expect(starts).toEqual([]);
  });

  test('puts requests of the same time below each other, and has no more rows than it has', () => {
    const record = Array.from({ length: 6 }).reduce<InspectorRecord>(
      (before) => addWatched(before, watched({ atMs: 90_000 })),
      EMPTY_RECORD,
    );

    const rows = layOutTimeLine(record, view).requests.map(({ row }) => row);
    expect(rows).toEqual([0, 1, 2, 3, REQUEST_ROWS - 1, REQUEST_ROWS - 1]);
  });

  test('has both ends of a session by its limits, at the right end if they are later than it shows', () => {
    const limits = {
      warnBeforeMs: 60_000,
      idle: { endsAtMs: 105_000, leftMs: 15_000, lengthMs: 300_000 },
      absolute: { endsAtMs: 3_600_000, leftMs: 3_510_000, lengthMs: 3_600_000 },
    };
    const record = addSession(EMPTY_RECORD, signedIn(100_000, limits), 50_000);
    const [idle, absolute] = layOutTimeLine(record, view).limits;

    expect(idle).toMatchObject({ limit: 'idle', isLater: false });
    expect(idle?.x).toBeGreaterThan(layOutTimeLine(record, view).nowX);
    expect(absolute).toEqual({ limit: 'absolute', x: view.widthPx, isLater: true });
    expect(layOutTimeLine(addSession(record, SIGNED_OUT, 85_000), view).limits).toEqual([]);
  });

  test('has ticks that can be read', () => {
    for (const spanMs of [60_000, 300_000, 1_800_000]) {
      for (const widthPx of [240, 1000, 2400]) {
        const { ticks } = layOutTimeLine(EMPTY_RECORD, { ...view, spanMs, widthPx });
        const gaps = ticks.slice(1).map(({ x }, index) => x - (ticks[index]?.x ?? 0));

        expect(Math.min(Infinity, ...gaps)).toBeGreaterThan(60);
        expect(ticks.length).toBeGreaterThan(0);
      }
    }
  });

  test.for([
    ['authorize', 200, 'token'],
    ['authorize', 403, 'failed'],
    ['pass', undefined, 'alone'],
    ['answer', undefined, 'answered'],
  ] as const)('shows the outcome of a request: %s, %s → %s', ([action, status, kind]) => {
    expect(kindOf({ action, ...(status !== undefined && { status }) })).toBe(kind);
  });
});

test('the inspector can be imported where there are no elements, as on a server', async () => {
  const { defineInspector, INSPECTOR_NAME } = await import('tokenward/inspector');

  expect(INSPECTOR_NAME).toBe('tokenward-inspector');
  expect(defineInspector).not.toThrow();
});

describe('the report of a request', () => {
  const request: WatchedRequest = {
    url: 'https://api.example/notes',
    method: 'GET',
    destination: '',
    atMs: 1,
    action: 'authorize',
    reason: 'covered',
    rule: 'protectedResources[0]',
  };

  test.for<WatchedRequest>([
    request,
    { ...request, action: 'answer', reason: 'worker_endpoint' },
    { ...request, action: 'pass', reason: 'foreign_navigation' },
  ])('is parsed, whatever another release adds: $reason', (report) => {
    expect(parseWatchedRequest({ ...report, tomorrow: 1 })).toEqual(report);
  });

  test.for<[member: string, value: unknown]>([
    ['url', undefined],
    ['method', 7],
    ['destination', null],
    ['atMs', '1'],
    ['action', 'explode'],
    ['reason', 'toString'],
  ])('with another %s is left aside', ([member, value]) => {
    expect(parseWatchedRequest({ ...request, [member]: value })).toBeUndefined();
  });

  test.for(['invalid_token', 'unauthorized'])('has the rule for renewals that the worker names: %s', (renewOn) => {
    expect(parseWatchedRequest({ ...request, renewOn })).toEqual({ ...request, renewOn });
  });

  test.for(['always', 401, null])('has no rule for renewals that is none: %s', (renewOn) => {
    expect(parseWatchedRequest({ ...request, renewOn })).toEqual(request);
  });

  test('has no rule of another type', () => {
    const { rule: _rule, ...others } = request;

    expect(parseWatchedRequest({ ...request, rule: 7 })).toEqual(others);
  });
});
