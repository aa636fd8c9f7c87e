import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { watchNetwork } from '../../src/page/network-watch.ts';
import { createSessionStore } from '../../src/page/session-store.ts';
import type { Session } from '../../src/protocol/session.ts';

const SECOND = 1000;

/** Document and window of a page that has a network. */
class PageWithNetwork extends EventTarget {
  visibilityState = 'visible';
  readonly navigator = { onLine: true };
}

let page: PageWithNetwork;

beforeEach(() => {
  vi.useFakeTimers();
  page = new PageWithNetwork();
  vi.stubGlobal('document', page);
  vi.stubGlobal('window', page);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function sessionWith(network: 'online' | 'offline'): Session {
  return {
    status: 'signed-in',
    claims: { sub: 'ada' },
    scopes: [],
    expiresAtMs: 0,
    storage: 'sealed',
    network,
  };
}

/** A watch whose questions change nothing, and how many there were. */
function startWatch(network: 'online' | 'offline') {
  const store = createSessionStore(sessionWith(network));
  const refresh = vi.fn(() => Promise.resolve());
  watchNetwork(store, refresh);
  const askedAfter = async (seconds: number): Promise<number> => {
    refresh.mockClear();
    await vi.advanceTimersByTimeAsync(seconds * SECOND);
    return refresh.mock.calls.length;
  };
  return { store, refresh, askedAfter };
}

describe('a page whose session is offline', () => {
  test('asks again, after times that grow to a minute', async () => {
    const { askedAfter } = startWatch('offline');

    // After 1, 3, 7, 15, 31 and 63 seconds.
    expect([await askedAfter(8), await askedAfter(56)]).toEqual([3, 3]);
    expect(await askedAfter(600)).toBe(10);
  });

  test('asks no more when the session is online, and begins with short times if it is offline again', async () => {
    const { store, askedAfter } = startWatch('offline');
    await askedAfter(30);

    store.set(sessionWith('online'));
    expect(await askedAfter(600)).toBe(0);

    store.set(sessionWith('offline'));
    expect(await askedAfter(8)).toBe(3);
  });

  test('asks no more when the user is signed out', async () => {
    const { store, askedAfter } = startWatch('offline');

    store.set({ status: 'signed-out', reason: 'signed-out' });

    expect(await askedAfter(600)).toBe(0);
  });

  test('is left alone while it is hidden, and asks when the user is back', async () => {
    page.visibilityState = 'hidden';
    const { askedAfter } = startWatch('offline');
    expect(await askedAfter(600)).toBe(0);

    page.visibilityState = 'visible';
    page.dispatchEvent(new Event('visibilitychange'));

    expect(await askedAfter(2)).toBe(1);
  });

  test('is left alone while the browser has no network, and asks at once and soon again when it finds one', async () => {
    const { refresh, askedAfter } = startWatch('offline');
    await askedAfter(600);
    page.navigator.onLine = false;
    page.dispatchEvent(new Event('offline'));
    await askedAfter(60);
    expect(await askedAfter(600)).toBe(0);

    page.navigator.onLine = true;
    refresh.mockClear();
    page.dispatchEvent(new Event('online'));

    expect(refresh).toHaveBeenCalledTimes(1);
    expect(await askedAfter(8)).toBe(3);
  });
});

test('a page whose session is online asks only when the browser loses its network or finds one', async () => {
  const { refresh, askedAfter } = startWatch('online');
  expect(await askedAfter(600)).toBe(0);

  for (const type of ['offline', 'online']) page.dispatchEvent(new Event(type));

  expect(refresh).toHaveBeenCalledTimes(2);
  expect(await askedAfter(600)).toBe(0);
});
