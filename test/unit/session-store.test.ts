import { describe, expect, test, vi } from 'vitest';
import { parseSession, type Session } from '../../src/protocol/session.ts';
import { createSessionStore } from '../../src/page/session-store.ts';

const SIGNED_OUT: Session = { status: 'signed-out', reason: 'not-signed-in' };
const SIGNED_IN: Session = {
  status: 'signed-in',
  claims: { sub: 'ada' },
  scopes: [],
  expiresAtMs: 1,
  storage: 'sealed',
  network: 'online',
};

describe('the session store', () => {
  test('gives the same snapshot until the session changes, as useSyncExternalStore needs it', () => {
    const store = createSessionStore(SIGNED_OUT);
    const first = store.getSnapshot();

    expect(store.getSnapshot()).toBe(first);
    store.set(SIGNED_IN);
    expect(store.getSnapshot()).toBe(SIGNED_IN);
  });

  test('has the new snapshot when it notifies subscribers', () => {
    const store = createSessionStore(SIGNED_OUT);
    const seen: Session[] = [];
    store.subscribe(() => seen.push(store.getSnapshot()));

    store.set(SIGNED_IN);

    expect(seen).toEqual([SIGNED_OUT, SIGNED_IN]);
  });

  test('gives a subscriber the value at once, as Svelte stores do, and then every change', () => {
    const store = createSessionStore(SIGNED_OUT);
    const listener = vi.fn<(session: Session) => void>();

    store.subscribe(listener);
    store.set(SIGNED_IN);

    expect(listener.mock.calls).toEqual([[SIGNED_OUT], [SIGNED_IN]]);
  });

  test('does not notify a subscriber that has ended, and ends once', () => {
    const store = createSessionStore(SIGNED_OUT);
    const ended = vi.fn<(session: Session) => void>();
    const other = vi.fn<(session: Session) => void>();
    const end = store.subscribe(ended);
    store.subscribe(other);

    end();
    end();
    store.set(SIGNED_IN);

    expect(ended).toHaveBeenCalledTimes(1);
    expect(other).toHaveBeenCalledTimes(2);
  });

  test('ends only the subscription that was ended, where one listener has two', () => {
    const store = createSessionStore(SIGNED_OUT);
    const listener = vi.fn<(session: Session) => void>();
    const end = store.subscribe(listener);
    store.subscribe(listener);
    listener.mockClear();

    end();
    store.set(SIGNED_IN);

    expect(listener).toHaveBeenCalledTimes(1);
  });

  test('allows a subscriber to end itself during its notification', () => {
    const store = createSessionStore(SIGNED_OUT);
    const later = vi.fn<(session: Session) => void>();
    const end = store.subscribe((session) => {
      if (session.status === 'signed-in') end();
    });
    store.subscribe(later);

    store.set(SIGNED_IN);
    store.set(SIGNED_OUT);

    expect(later).toHaveBeenCalledTimes(3);
  });

  test('works without its object', () => {
    const { getSnapshot, subscribe, set } = createSessionStore(SIGNED_OUT);
    const listener = vi.fn<(session: Session) => void>();
    const end = subscribe(listener);

    set(SIGNED_IN);
    end();

    expect(getSnapshot()).toBe(SIGNED_IN);
    expect(listener).toHaveBeenLastCalledWith(SIGNED_IN);
  });
});

test('a value that is no session is not treated as one', () => {
  expect([SIGNED_IN, SIGNED_OUT].map((value) => parseSession(value))).toEqual([SIGNED_IN, SIGNED_OUT]);
  expect([undefined, null, 'signed-in', [], {}].filter((value) => parseSession(value))).toEqual([]);
});
