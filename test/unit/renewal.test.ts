import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { landingPath } from '../../src/page/landing.ts';
import { createLoginLoopGuard } from '../../src/page/login-loop-guard.ts';
import { renewLostSession } from '../../src/page/renewal.ts';
import { createSessionStore } from '../../src/page/session-store.ts';
import type { ErrorCode } from '../../src/protocol/error-codes.ts';
import { serializeError, TokenwardError } from '../../src/protocol/error.ts';
import type { Claims, Session } from '../../src/protocol/session.ts';

afterEach(() => vi.unstubAllGlobals());

type SetItem = (notes: Map<string, string>, key: string, value: string) => void;

/** A page that the user sees, and what it keeps notes in. */
function stubPage(setItem: SetItem = (notes, key, value) => notes.set(key, value)): void {
  const storageOf = (notes: Map<string, string>) => ({
    getItem: (key: string) => notes.get(key) ?? null,
    setItem: (key: string, value: string) => setItem(notes, key, value),
    removeItem: (key: string) => notes.delete(key),
  });
  vi.stubGlobal('window', { localStorage: storageOf(new Map()), sessionStorage: storageOf(new Map()) });
  vi.stubGlobal('document', { visibilityState: 'visible', addEventListener: () => {} });
}

/** How often a page leaves to renew a session that was lost, and is lost again whenever it comes back. */
async function attemptsWith(setItem: SetItem): Promise<number> {
  stubPage(setItem);
  const login = vi.fn(async () => {});
  for (let load = 0; load < 3; load++) {
    const store = createSessionStore({ status: 'signed-out', reason: 'lost' });
    await renewLostSession(store, 'https://app.example/', { login, canLeave: () => true });
  }
  return login.mock.calls.length;
}

describe('a session that was lost, and is lost again after each renewal', () => {
  test('is renewed once, and then not for a while', async () => {
    expect(await attemptsWith((notes, key, value) => notes.set(key, value))).toBe(1);
  });

  test('is not renewed if no note of it can be kept, as in a full storage: it would loop', async () => {
    const full = (): never => {
      throw new DOMException('Full.', 'QuotaExceededError');
    };

    expect(await attemptsWith(full)).toBe(0);
  });
});

describe('a session that is lost after each renewal, in a tab whose storage is cleared after each', () => {
  /** How often the page leaves, if its browser says each time where it has come from, or never. */
  async function attemptsWithout(storage: 'sessionStorage' | 'all', referrer: 'given' | 'withheld'): Promise<number> {
    stubPage();
    const { localStorage } = window;
    const location = { href: 'https://app.example/notes', pathname: '/notes', search: '', hash: '' };
    let from = '';
    const login = vi.fn(async () => {
      if (referrer === 'given') from = `https://app.example${landingPath('/auth/login', 'renewal', Date.now())}`;
    });
    for (let load = 0; load < 3; load++) {
      stubPage();
      Object.assign(window, { location, ...(storage === 'sessionStorage' && { localStorage }) });
      Object.assign(document, { referrer: from });
      const store = createSessionStore({ status: 'signed-out', reason: 'lost' });
      await renewLostSession(store, 'https://app.example/', { login, canLeave: () => true });
    }
    return login.mock.calls.length;
  }

  test.for(['sessionStorage', 'all'] as const)(
    'is renewed once, by the address that it comes from: %s',
    async (storage) => {
      expect(await attemptsWithout(storage, 'given')).toBe(1);
      // That is what it is for.
      expect(await attemptsWithout(storage, 'withheld')).toBe(3);
    },
  );
});

describe('a session that was lost with the memory of the worker', () => {
  /** How often pages leave, one after the other, each of which finds nobody signed in where somebody was. */
  async function attemptsAfter(...found: readonly (ErrorCode | undefined)[]): Promise<number> {
    stubPage();
    const login = vi.fn(async () => {});
    const renew = (session: Session): Promise<void> =>
      renewLostSession(createSessionStore(session), 'https://app.example/', { login, canLeave: () => true });
    await renew({
      status: 'signed-in',
      claims: { sub: 'ada' },
      scopes: [],
      expiresAtMs: 0,
      storage: 'memory',
      network: 'online',
    });
    for (const code of found) {
      const lastError = code && serializeError(new TokenwardError(code, ''));
      await renew({ status: 'signed-out', reason: 'not-signed-in', ...(lastError && { lastError }) });
    }
    return login.mock.calls.length;
  }

  test.for<ErrorCode>(['authorization_response_invalid', 'request_invalid', 'issuer_unreachable'])(
    'is renewed even if a link from another site has made a sign-in fail: %s',
    async (code) => {
      expect(await attemptsAfter(code)).toBe(1);
    },
  );

  test.for<ErrorCode>(['authorization_refused', 'token_request_refused', 'id_token_invalid', 'issuer_invalid'])(
    'is not renewed again, then or later, after the renewal has failed: %s',
    async (code) => {
      expect(await attemptsAfter(undefined, code, undefined)).toBe(1);
    },
  );

  test('is renewed even if a link from another site has requested what the authorization server refuses', async () => {
    expect(await attemptsAfter('authorization_refused')).toBe(1);
    expect(await attemptsAfter('authorization_refused', 'authorization_refused', undefined)).toBe(1);
  });
});

describe('two apps of one origin, in one tab', () => {
  const names = ['https://app.example/a/', 'https://app.example/b/'] as const;

  test('renew their sessions one after the other: no note of the one holds the other up', async () => {
    stubPage();
    const login = vi.fn(async () => {});
    for (const name of names) {
      const store = createSessionStore({ status: 'signed-out', reason: 'lost' });
      await renewLostSession(store, name, { login, canLeave: () => true });
    }

    expect(login).toHaveBeenCalledTimes(2);
  });

  test('do not renew what the other one has lost: a note that a user was signed in is of one app', async () => {
    stubPage();
    const login = vi.fn(async () => {});
    const [one, other] = names;
    const renew = (session: Session, name: string): Promise<void> =>
      renewLostSession(createSessionStore(session), name, { login, canLeave: () => true });
    await renew(
      { status: 'signed-in', claims: { sub: 'ada' }, scopes: [], expiresAtMs: 0, storage: 'memory', network: 'online' },
      one,
    );

    await renew({ status: 'signed-out', reason: 'not-signed-in' }, other);
    expect(login).not.toHaveBeenCalled();
    await renew({ status: 'signed-out', reason: 'not-signed-in' }, one);
    expect(login).toHaveBeenCalledTimes(1);
  });

  test('begin sign-ins one after the other, and each waits for its own alone', async () => {
    stubPage();
    const attempts: string[] = [];
    for (const name of [...names, ...names]) {
      await createLoginLoopGuard(`sign-in ${name}`, 'renewal').attempt(async () => void attempts.push(name));
    }

    expect(attempts).toEqual(names);
  });
});

describe('a worker that is not registered', () => {
  test('is not left for a sign-in that it could not take, until it is registered again', async () => {
    stubPage();
    let isRegistered = false;
    const login = vi.fn(async () => {});
    const session: Session = { status: 'signed-out', reason: 'lost' };
    const store = createSessionStore(session);

    await renewLostSession(store, 'https://app.example/', { login, canLeave: () => isRegistered });
    expect(login).not.toHaveBeenCalled();

    isRegistered = true;
    store.set(session);
    expect(login).toHaveBeenCalledTimes(1);
  });
});

describe('a session that a worker has lost with its memory', () => {
  /** How often the page leaves to renew a session that a page has seen before, with limits. */
  async function attemptsAfter(passedMs: number): Promise<number> {
    stubPage();
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const end = { endsAtMs: Date.now() + 60_000 - passedMs, leftMs: 60_000, lengthMs: 300_000 };
    const store = createSessionStore<Claims>({
      status: 'signed-in',
      claims: { sub: 'ada' },
      scopes: [],
      expiresAtMs: 0,
      storage: 'memory',
      network: 'online',
      limits: { warnBeforeMs: 0, idle: end },
    });
    const login = vi.fn(async () => {});
    await renewLostSession(store, 'https://app.example/', { login, canLeave: () => true });
    store.set({ status: 'signed-out', reason: 'not-signed-in' });
    store.set({ status: 'signed-out', reason: 'not-signed-in' });
    return login.mock.calls.length;
  }

  test('is renewed before its limit', async () => {
    expect(await attemptsAfter(59_000)).toBe(1);
  });

  test('is not renewed after its limit', async () => {
    expect(await attemptsAfter(60_000)).toBe(0);
  });
});
