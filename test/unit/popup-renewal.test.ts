import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { renewInPopup } from '../../src/page/popup-renewal.ts';
import { createSessionStore, type SessionStore } from '../../src/page/session-store.ts';
import type { ErrorCode } from '../../src/protocol/error-codes.ts';
import { TokenwardError } from '../../src/protocol/error.ts';
import type { Claims, Session } from '../../src/protocol/session.ts';
import type { AuthorizationWishes } from '../../src/protocol/worker-api.ts';
import { SIGNED_IN, SIGNED_OUT } from '../support/popup-world.ts';

const LOST: Session = { status: 'signed-out', reason: 'lost' };
const NAME = 'https://app.example/';

type Handler = (event: { readonly isTrusted: boolean }) => void;

let handlers: [type: string, handler: Handler][];
let begun: AuthorizationWishes[];
let isActive: boolean;
let outcome: () => Promise<void>;

beforeEach(() => {
  vi.useFakeTimers();
  [handlers, begun, isActive, outcome] = [[], [], true, async () => {}];
  const notes = new Map<string, string>();
  const storage = {
    getItem: (key: string) => notes.get(key) ?? null,
    setItem: (key: string, value: string) => notes.set(key, value),
    removeItem: (key: string) => notes.delete(key),
  };
  const page = { localStorage: storage, sessionStorage: storage };
  vi.stubGlobal('window', Object.defineProperty(page, 'navigator', { get: () => ({ userActivation: { isActive } }) }));
  vi.stubGlobal('document', {
    addEventListener: (type: string, handler: Handler, { signal }: AddEventListenerOptions = {}) => {
      const entry: [string, Handler] = [type, handler];
      handlers.push(entry);
      signal?.addEventListener('abort', () => void handlers.splice(handlers.indexOf(entry), 1));
    },
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A page whose session is renewed in a pop-up. */
function open(session: Session, isOpen: boolean = false): SessionStore<Claims> {
  const store = createSessionStore(session);
  renewInPopup(store, NAME, {
    isOpen,
    begin: (request) => {
      begun.push(request);
      return outcome();
    },
  });
  return store;
}

/** The user, or script, causes an event; then the app's own handlers have run. */
async function fire(type: string, isTrusted: boolean = true): Promise<void> {
  for (const [known, handler] of handlers) if (known === type) handler({ isTrusted });
  await vi.advanceTimersByTimeAsync(0);
}

describe('a session that was lost', () => {
  test('is renewed in a pop-up at the next click, and not before', async () => {
    open(LOST);
    await fire('keydown');
    await fire('click', false);
    expect(begun).toEqual([]);

    await fire('click');

    expect(begun).toEqual([{}]);
  });

  test('is renewed for the user that the page remembers', async () => {
    const store = open({ ...SIGNED_IN, renewalHint: 'session_user=ada' });
    store.set(LOST);
    await fire('click');

    expect(begun).toEqual([{ renewalHint: 'session_user=ada' }]);
  });

  test('is renewed where a worker has lost its memory, and the page has not', async () => {
    open(SIGNED_IN);
    open(SIGNED_OUT);
    await fire('click');

    expect(begun).toHaveLength(1);
  });

  test('is not renewed by a click after which a page may open no window, such as one that has opened another', async () => {
    open(LOST);
    isActive = false;
    await fire('click');
    open(LOST, true);
    isActive = true;
    await fire('click');

    // The first page renews at its second click.
    expect(begun).toHaveLength(1);
  });

  test.for<ErrorCode>(['popup_closed', 'popup_cancelled'])(
    'is asked for once in five minutes after %s: the user does not want to',
    async (code) => {
      outcome = () => Promise.reject(new TokenwardError(code, ''));
      open(LOST);
      await fire('click');
      await vi.advanceTimersByTimeAsync(4 * 60_000);
      await fire('click');
      expect(begun).toHaveLength(1);

      await vi.advanceTimersByTimeAsync(60_000);
      await fire('click');
      expect(begun).toHaveLength(2);
    },
  );

  test('is asked for again half a minute after an error of the server', async () => {
    outcome = () => Promise.reject(new TokenwardError('issuer_unreachable', ''));
    open(LOST);
    await fire('click');
    await vi.advanceTimersByTimeAsync(30_000);
    await fire('click');

    expect(begun).toHaveLength(2);
  });

  test('costs no handler of the page once it is renewed', async () => {
    const store = open(LOST);
    expect(handlers).toHaveLength(1);
    store.set(SIGNED_IN);

    expect(handlers).toEqual([]);
    await fire('click');
    expect(begun).toEqual([]);
  });
});

describe('a session that has ended, or never was', () => {
  test.for<Session>([
    SIGNED_OUT,
    { status: 'signed-out', reason: 'signed-out' },
    { status: 'signed-out', reason: 'refused' },
    { status: 'signed-out', reason: 'expired' },
    { status: 'signed-out', reason: 'other-user' },
  ])('is not renewed: $reason', async (session) => {
    open(session);
    await fire('click');

    expect(begun).toEqual([]);
  });
});
