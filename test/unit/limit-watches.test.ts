import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ActivityWatch } from '../../src/page/activity-watch.ts';
import { type Expiring, ExpiryWatch } from '../../src/page/expiry-watch.ts';
import { createSessionStore } from '../../src/page/session-store.ts';
import type { LimitsView, Session } from '../../src/protocol/session.ts';
import type { ActivityReport, ExpiryReport } from '../../src/protocol/worker-api.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

type Handler = (event: { readonly isTrusted: boolean }) => void;

/** Document and window with nothing but events. */
class PageEvents {
  readonly #handlers = new Map<string, Set<Handler>>();
  visibilityState = 'visible';

  addEventListener(type: string, handler: Handler, { signal }: AddEventListenerOptions = {}): void {
    const handlers = this.#handlers.get(type) ?? new Set();
    this.#handlers.set(type, handlers.add(handler));
    signal?.addEventListener('abort', () => handlers.delete(handler));
  }

  fire(type: string, isTrusted: boolean = true): void {
    for (const handler of this.#handlers.get(type) ?? []) handler({ isTrusted });
  }

  /** The number of handlers. */
  get count(): number {
    return [...this.#handlers.values()].reduce((sum, handlers) => sum + handlers.size, 0);
  }
}

let page: PageEvents;

beforeEach(() => {
  vi.useFakeTimers();
  page = new PageEvents();
  vi.stubGlobal('document', page);
  vi.stubGlobal('window', page);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A session that has so much time left. */
function sessionWith(idleLeftMs?: number, absoluteLeftMs?: number): Session {
  const end = (leftMs: number, lengthMs: number): LimitsView['idle'] => ({
    endsAtMs: Date.now() + leftMs,
    leftMs,
    lengthMs,
  });
  const [idle, absolute] = [
    idleLeftMs === undefined ? undefined : end(idleLeftMs, 5 * MINUTE),
    absoluteLeftMs === undefined ? undefined : end(absoluteLeftMs, 60 * MINUTE),
  ];
  return {
    status: 'signed-in',
    claims: { sub: 'ada' },
    scopes: [],
    expiresAtMs: 0,
    storage: 'sealed',
    network: 'online',
    limits: { warnBeforeMs: MINUTE, ...(idle && { idle }), ...(absolute && { absolute }) },
  };
}

const SIGNED_OUT: Session = { status: 'signed-out', reason: 'expired', limit: 'idle' };

describe('the activity of the user', () => {
  function watchActivity(session: Session) {
    const store = createSessionStore(session);
    const reports: { readonly atMs: number; readonly agoMs: number }[] = [];
    const report = async ({ agoMs }: ActivityReport): Promise<void> => {
      reports.push({ atMs: Date.now(), agoMs });
      store.set(sessionWith(5 * MINUTE - agoMs));
    };
    new ActivityWatch(store, report).begin();
    return { store, reports };
  }

  test('is reported at once', () => {
    const { reports } = watchActivity(sessionWith(MINUTE));
    page.fire('keydown');
    vi.advanceTimersByTime(0);

    expect(reports).toHaveLength(1);
  });

  test.each(['keydown', 'pointerdown', 'pointermove', 'wheel', 'visibilitychange'])(
    'without a pause is reported once in 15 seconds (%s)',
    (type) => {
      const { reports } = watchActivity(sessionWith(MINUTE));
      for (let ms = 0; ms < 5 * MINUTE - SECOND; ms += 100) {
        page.fire(type);
        vi.advanceTimersByTime(100);
      }

      const pauses = reports.map(({ atMs }, index) => atMs - (reports[index - 1]?.atMs ?? -Infinity));
      expect(reports).toHaveLength(20);
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(15 * SECOND);
    },
  );

  test('that ends within an interval is reported with its time, and then nothing', () => {
    const { reports } = watchActivity(sessionWith(MINUTE));
    page.fire('pointermove');
    vi.advanceTimersByTime(5 * SECOND);
    page.fire('pointermove');
    vi.advanceTimersByTime(60 * MINUTE);

    expect(reports.map(({ agoMs }) => agoMs)).toEqual([0, 10 * SECOND]);
  });

  test('in another tab counts for this one', () => {
    const { store, reports } = watchActivity(sessionWith(MINUTE));
    store.set(sessionWith(5 * MINUTE));
    page.fire('keydown');
    vi.advanceTimersByTime(14 * SECOND);
    expect(reports).toHaveLength(0);
    vi.advanceTimersByTime(SECOND);

    expect(reports).toHaveLength(1);
  });

  test('is not made up by script', () => {
    const { reports } = watchActivity(sessionWith(MINUTE));
    page.fire('keydown', false);
    vi.advanceTimersByTime(MINUTE);

    expect(reports).toHaveLength(0);
  });

  test('is not that the page gets hidden', () => {
    const { reports } = watchActivity(sessionWith(MINUTE));
    page.visibilityState = 'hidden';
    page.fire('visibilitychange');
    vi.advanceTimersByTime(MINUTE);

    expect(reports).toHaveLength(0);
  });

  test.each<[what: string, session: Session]>([
    ['a session without limits', { ...sessionWithout() }],
    ['a session with an absolute limit only', sessionWithAbsoluteOnly()],
    ['no session', SIGNED_OUT],
  ])('is not watched with %s', (_, session) => {
    watchActivity(session);

    expect(page.count).toBe(0);
  });

  test('is not watched any more after the end of the session', () => {
    const { store, reports } = watchActivity(sessionWith(MINUTE));
    page.fire('keydown');
    store.set(SIGNED_OUT);
    vi.advanceTimersByTime(MINUTE);

    expect(page.count).toBe(0);
    expect(reports).toHaveLength(0);
  });
});

function sessionWithout(): Session {
  const { limits: _limits, ...session } = { limits: undefined, ...sessionWith() };
  return session;
}

function sessionWithAbsoluteOnly(): Session {
  return sessionWith(undefined, MINUTE);
}

describe('a page that waits for the end of the session', () => {
  function watchExpiry(session: Session) {
    const store = createSessionStore(session);
    const reports: ExpiryReport[] = [];
    const heard: (Expiring | undefined)[] = [];
    const watch = new ExpiryWatch(store, async (report) => void reports.push(report));
    return { store, reports, heard, listen: () => watch.onExpiring((expiring) => heard.push(expiring)) };
  }

  test('sends one message, at the end', () => {
    const { reports } = watchExpiry(sessionWith(5 * MINUTE, 60 * MINUTE));
    const endsAtMs = Date.now() + 5 * MINUTE;
    vi.advanceTimersByTime(5 * MINUTE - 1);
    expect(reports).toEqual([]);
    vi.advanceTimersByTime(1);

    expect(reports).toEqual([{ limit: 'idle', endsAtMs }]);
  });

  test('has one timer, and none without limits', () => {
    watchExpiry(sessionWith(5 * MINUTE, 60 * MINUTE));
    expect(vi.getTimerCount()).toBe(1);
    const { store } = watchExpiry(sessionWithout());
    expect(vi.getTimerCount()).toBe(1);
    store.set(sessionWith(5 * MINUTE));
    store.set(SIGNED_OUT);

    expect(vi.getTimerCount()).toBe(1);
  });

  test('counts the last seconds for its listeners, of the limit that comes first', () => {
    const { heard, listen } = watchExpiry(sessionWith(5 * MINUTE, 2 * MINUTE));
    listen();
    vi.advanceTimersByTime(MINUTE);
    expect(heard).toEqual([{ limit: 'absolute', leftMs: MINUTE }]);
    vi.advanceTimersByTime(2 * SECOND);

    expect(heard.slice(1)).toEqual([
      { limit: 'absolute', leftMs: 59 * SECOND },
      { limit: 'absolute', leftMs: 58 * SECOND },
    ]);
  });

  test('says when the session goes on, or has ended', () => {
    const { heard, listen, store } = watchExpiry(sessionWith(MINUTE));
    listen();
    store.set(sessionWith(5 * MINUTE));
    expect(heard.at(-1)).toBeUndefined();
    vi.advanceTimersByTime(4 * MINUTE);
    expect(heard.at(-1)).toMatchObject({ limit: 'idle' });
    store.set(SIGNED_OUT);

    expect(heard.at(-1)).toBeUndefined();
  });

  test('tells a listener that was removed nothing', () => {
    const { heard, listen } = watchExpiry(sessionWith(5 * MINUTE));
    listen()();
    vi.advanceTimersByTime(5 * MINUTE);

    expect(heard).toEqual([]);
  });

  test('ends the session when the user comes back after the machine slept', () => {
    const { reports } = watchExpiry(sessionWith(5 * MINUTE));
    vi.setSystemTime(Date.now() + 6 * MINUTE);
    page.fire('focus');

    expect(reports).toHaveLength(1);
  });

  test('ends the session though the clock was set back', () => {
    const { reports } = watchExpiry(sessionWith(5 * MINUTE));
    vi.setSystemTime(Date.now() - 60 * MINUTE);
    vi.advanceTimersByTime(5 * MINUTE);

    expect(reports).toHaveLength(1);
  });

  test('asks a worker that does not answer again, seldom', () => {
    const { reports } = watchExpiry(sessionWith(MINUTE));
    vi.advanceTimersByTime(MINUTE + 30 * SECOND);

    expect(reports).toHaveLength(4);
  });
});
