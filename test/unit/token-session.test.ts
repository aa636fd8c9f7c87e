import { describe, expect, test, vi } from 'vitest';
import { DEFAULT_TARGET, keyOfTarget, parseTargetKey, type TokenTarget } from '../../src/configuration/token-target.ts';
import { TokenwardError } from '../../src/protocol/error.ts';
import type { Session } from '../../src/protocol/session.ts';
import type { TargetToken } from '../../sw/session/token-refresh.ts';
import { parseState } from '../../sw/session/session-state.ts';
import { TokenSession } from '../../sw/session/token-session.ts';
import type { RevocableTokens } from '../../sw/session/open-revocation.ts';
import type { IssuedToken, TokenSet } from '../../sw/session/token-set.ts';
import { createMemoryVault } from '../../sw/vault/memory-vault.ts';
import { revealTokens, Token } from '../../sw/vault/token.ts';
import { type LeaseAnswer, UNREADABLE, type Vault } from '../../sw/vault/vault.ts';

const START_MS = 1_800_000_000_000;
const REFRESH_BEFORE_EXPIRY_MS = 10_000;
const LIFETIME_MS = 60_000;
const LEASE_MS = 20_000;

const UNAVAILABLE = new TokenwardError('token_endpoint_unavailable', 'The token endpoint did not answer.');
const REFUSED = new TokenwardError('token_request_refused', 'Refused.', { serverCode: 'invalid_grant' });

/** Tokens of one generation, as the server issued them at `atMs`. */
function tokensOf(generation: number, atMs: number, changes: Partial<TokenSet> = {}): TokenSet {
  return {
    claims: { sub: 'ada' },
    scopes: ['openid'],
    accessTokens: { '': issuedAt(atMs, `access-${generation}`) },
    refreshToken: new Token('refresh_token', `refresh-${generation}`),
    idToken: new Token('id_token', 'id'),
    dpopKey: undefined,
    ...changes,
  };
}

function issuedAt(atMs: number, accessToken: string, lifetimeMs: number = LIFETIME_MS): IssuedToken {
  return {
    accessToken: new Token('access_token', accessToken),
    scopes: ['openid'],
    expiresAtMs: atMs + lifetimeMs,
    lifetimeMs,
    isBound: false,
  };
}

/** The access token of a set for a target. */
function accessIn({ accessTokens }: RevocableTokens, target: string = ''): string | undefined {
  return accessTokens[target]?.accessToken.reveal();
}

/** A session with its clock, its vault, and a token endpoint that answers with one generation after the other. */
function setUp(vault: Vault = createMemoryVault()) {
  const clock = { nowMs: START_MS };
  const browser = { isOnline: true };
  let generation = 1;
  const announced: Session[] = [];
  const toldVersions: string[] = [];
  const scheduled: (() => void)[] = [];
  const server = {
    refresh: vi.fn(async (tokens: TokenSet, target: TokenTarget): Promise<TokenSet> => {
      const next = tokensOf((generation += 1), clock.nowMs);
      return {
        ...next,
        accessTokens: { ...tokens.accessTokens, [keyOfTarget(target)]: issuedAt(clock.nowMs, `access-${generation}`) },
      };
    }),
    revoke: vi.fn(async (_tokens: RevocableTokens): Promise<boolean> => true),
  };
  const session = new TokenSession({
    vault,
    refresh: (tokens, target) => server.refresh(tokens, target),
    revoke: (tokens) => server.revoke(tokens),
    tellVersions: (sessionId) => toldVersions.push(sessionId),
    schedule: (act) => scheduled.push(act),
    announce: (view) => announced.push(view),
    isOnline: () => browser.isOnline,
    now: () => clock.nowMs,
    refreshBeforeExpiryMs: REFRESH_BEFORE_EXPIRY_MS,
    isServerReachable: async () => true,
    leaseMs: LEASE_MS,
  });
  const accessToken = async (target: string = ''): Promise<string | undefined> =>
    (await session.fresh(parseTargetKey(target)))?.issued.accessToken.reveal();
  return { session, server, clock, browser, announced, toldVersions, scheduled, vault, accessToken };
}

/** The same, signed in with tokens that were issued now. */
async function signedIn(changes: Partial<TokenSet> = {}, vault?: Vault): Promise<ReturnType<typeof setUp>> {
  const parts = setUp(vault);
  await parts.session.start(tokensOf(1, parts.clock.nowMs, changes));
  return parts;
}

/** The token that requests get now. */
async function tokenIn(session: TokenSession, target: string = ''): Promise<TargetToken> {
  const token = await session.fresh(parseTargetKey(target));
  if (!token) throw new Error('There is no session.');
  return token;
}

/** A record of the same session that another worker version has written since. */
function laterThan(record: unknown, tokens: TokenSet): unknown {
  const { position } = parseState(record);
  return { position: { ...position, turn: position.turn + 1 }, tokens: revealTokens(tokens) };
}

/** A promise that the test settles. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  return { promise, resolve, reject };
}

describe('an access token', () => {
  test('is not there without a session', async () => {
    const { accessToken, server } = setUp();

    expect(await accessToken()).toBeUndefined();
    expect(server.refresh).not.toHaveBeenCalled();
  });

  test('is used unchanged while it is fresh', async () => {
    const { accessToken, server, clock } = await signedIn();
    clock.nowMs += LIFETIME_MS - REFRESH_BEFORE_EXPIRY_MS - 1;

    expect(await accessToken()).toBe('access-1');
    expect(server.refresh).not.toHaveBeenCalled();
  });

  test('is renewed before it expires', async () => {
    const { accessToken, clock } = await signedIn();
    clock.nowMs += LIFETIME_MS - REFRESH_BEFORE_EXPIRY_MS;

    expect(await accessToken()).toBe('access-2');
  });

  test('with a short life is renewed in the last third of it, not all the time', async () => {
    const { accessToken, clock } = await signedIn({ accessTokens: { '': issuedAt(START_MS, 'access-1', 6000) } });

    clock.nowMs += 3999;
    expect(await accessToken()).toBe('access-1');
    clock.nowMs += 1;
    expect(await accessToken()).toBe('access-2');
  });

  test('that has expired is renewed', async () => {
    const { accessToken, clock } = await signedIn();
    clock.nowMs += 24 * 60 * 60 * 1000;

    expect(await accessToken()).toBe('access-2');
  });

  test('is renewed with the refresh token of the previous response', async () => {
    const { accessToken, server, clock } = await signedIn();

    for (let round = 0; round < 3; round += 1) {
      clock.nowMs += LIFETIME_MS;
      await accessToken();
    }

    expect(server.refresh.mock.calls.map(([tokens]) => tokens.refreshToken?.reveal())).toEqual([
      'refresh-1',
      'refresh-2',
      'refresh-3',
    ]);
  });

  test('that cannot be renewed without a refresh token is used until it expires', async () => {
    const { accessToken, session, clock } = await signedIn({ refreshToken: undefined });

    clock.nowMs += LIFETIME_MS - 1;
    expect(await accessToken()).toBe('access-1');
    clock.nowMs += 1;
    expect(await accessToken()).toBeUndefined();
    expect(await session.view()).toMatchObject({ status: 'signed-out', reason: 'lost' });
  });
});

describe('a clock that jumps', () => {
  const DAY_MS = 24 * 60 * 60 * 1000;

  test('ahead costs one refresh, and not one for each request', async () => {
    const { accessToken, server, clock } = await signedIn();
    clock.nowMs += DAY_MS;

    expect([await accessToken(), await accessToken(), await accessToken()]).toEqual([
      'access-2',
      'access-2',
      'access-2',
    ]);
    expect(server.refresh).toHaveBeenCalledTimes(1);
  });

  test('back costs one refresh: a token that has expired does not seem fresh for a day', async () => {
    const { accessToken, server, clock } = await signedIn();
    clock.nowMs -= DAY_MS;

    expect([await accessToken(), await accessToken(), await accessToken()]).toEqual([
      'access-2',
      'access-2',
      'access-2',
    ]);
    expect(server.refresh).toHaveBeenCalledTimes(1);
  });

  test('to and fro ends no session, whether or not the server answers', async () => {
    const { accessToken, session, server, clock } = await signedIn();

    for (const jumpMs of [DAY_MS, -2 * DAY_MS, DAY_MS, 365 * DAY_MS, -365 * DAY_MS]) {
      clock.nowMs += jumpMs;
      await accessToken();
      server.refresh.mockRejectedValueOnce(UNAVAILABLE);
      clock.nowMs += jumpMs;
      await accessToken().catch(() => {});
    }

    expect(await session.view()).toMatchObject({ status: 'signed-in' });
    expect(server.refresh.mock.calls.length).toBeLessThanOrEqual(10);
  });

  test('back does not end a session without a refresh token', async () => {
    const { accessToken, clock } = await signedIn({ refreshToken: undefined });
    clock.nowMs -= DAY_MS;

    expect(await accessToken()).toBe('access-1');
  });
});

describe('one refresh', () => {
  test('serves a thousand requests that wait for it', async () => {
    const { accessToken, server, clock } = await signedIn();
    clock.nowMs += LIFETIME_MS;

    const answers = await Promise.all(Array.from({ length: 1000 }, () => accessToken()));

    expect(new Set(answers)).toEqual(new Set(['access-2']));
    expect(server.refresh).toHaveBeenCalledTimes(1);
  });

  test('serves requests that were refused with the same token, those that come later too', async () => {
    const { session, server } = await signedIn();
    const tokens = await tokenIn(session);

    const together = await Promise.all([session.freshAfter(tokens), session.freshAfter(tokens)]);
    const later = await session.freshAfter(tokens);

    expect([...together, later].map((renewed) => renewed?.issued.accessToken.reveal())).toEqual([
      'access-2',
      'access-2',
      'access-2',
    ]);
    expect(server.refresh).toHaveBeenCalledTimes(1);
  });

  test('serves requests that wait for expiry and requests that were refused', async () => {
    const { session, server, clock } = await signedIn();
    const tokens = await tokenIn(session);
    clock.nowMs += LIFETIME_MS;

    await Promise.all([session.fresh(DEFAULT_TARGET), session.freshAfter(tokens), session.fresh(DEFAULT_TARGET)]);

    expect(server.refresh).toHaveBeenCalledTimes(1);
  });

  test('is followed by another for a token of the next generation', async () => {
    const { session, server } = await signedIn();
    const second = await session.freshAfter(await tokenIn(session));
    const third = second && (await session.freshAfter(second));

    expect(third?.issued.accessToken.reveal()).toBe('access-3');
    expect(server.refresh).toHaveBeenCalledTimes(2);
  });

  test('that fails fails for all who wait, and is tried once', async () => {
    const { accessToken, server, clock } = await signedIn();
    clock.nowMs += LIFETIME_MS;
    server.refresh.mockRejectedValueOnce(UNAVAILABLE);

    const answers = await Promise.allSettled([accessToken(), accessToken(), accessToken()]);

    expect(answers).toEqual(Array.from({ length: 3 }, () => ({ status: 'rejected', reason: UNAVAILABLE })));
    expect(server.refresh).toHaveBeenCalledTimes(1);
  });
});

describe('a failure that may pass', () => {
  test('leaves the old token in use while it is valid', async () => {
    const { accessToken, session, server, clock } = await signedIn();
    server.refresh.mockRejectedValueOnce(UNAVAILABLE);
    clock.nowMs += LIFETIME_MS - 1;

    expect(await accessToken()).toBe('access-1');
    expect(await session.view()).toMatchObject({ status: 'signed-in' });
  });

  test.for([
    UNAVAILABLE,
    new TokenwardError('token_response_invalid', 'HTML.'),
    new TokenwardError('id_token_invalid', 'The clock is wrong.'),
    new TokenwardError('issuer_unreachable', 'No metadata.'),
    new TokenwardError('issuer_invalid', 'Other metadata.'),
    new TypeError('Failed to fetch'),
    new DOMException('The time limit.', 'TimeoutError'),
  ])('reaches the request when the token has expired, and the session stays: %s', async (error) => {
    const { accessToken, session, server, clock, announced } = await signedIn();
    announced.length = 0;
    clock.nowMs += LIFETIME_MS;
    server.refresh.mockRejectedValueOnce(error);

    await expect(accessToken()).rejects.toBe(error);

    const view = await session.view();
    expect(view).toMatchObject({ status: 'signed-in', claims: { sub: 'ada' }, network: 'offline' });
    expect(announced).toEqual([view]);
    clock.nowMs += 60_000;
    expect(await accessToken()).toBe('access-2');
  });

  test('does not change the refusal of a request', async () => {
    const { session, server } = await signedIn();
    const tokens = await tokenIn(session);
    server.refresh.mockRejectedValueOnce(UNAVAILABLE);

    expect(await session.freshAfter(tokens)).toBeUndefined();
    expect(await session.view()).toMatchObject({ status: 'signed-in' });
  });
});

describe('back-off', () => {
  test('keeps requests from the token endpoint for a while, which grows from half a second to half a minute', async () => {
    const { accessToken, server, clock } = await signedIn();
    clock.nowMs += LIFETIME_MS;
    const attemptsAtMs: number[] = [];
    server.refresh.mockImplementation(async () => {
      attemptsAtMs.push(clock.nowMs);
      throw UNAVAILABLE;
    });

    while (attemptsAtMs.length < 10) {
      await expect(accessToken()).rejects.toMatchObject({ code: UNAVAILABLE.code, message: UNAVAILABLE.message });
      clock.nowMs += 50;
    }

    const waits = attemptsAtMs.slice(1).map((atMs, index) => atMs - (attemptsAtMs[index] ?? 0));
    for (const [index, waitMs] of waits.entries()) {
      const longestMs = Math.min(30_000, 500 * 2 ** index);
      expect(waitMs).toBeGreaterThanOrEqual(longestMs / 2);
      expect(waitMs).toBeLessThanOrEqual(longestMs + 50);
    }
  });

  test('is over after a success', async () => {
    const { accessToken, server, clock } = await signedIn();
    for (let failure = 0; failure < 5; failure += 1) {
      clock.nowMs += LIFETIME_MS;
      server.refresh.mockRejectedValueOnce(UNAVAILABLE);
      await expect(accessToken()).rejects.toBe(UNAVAILABLE);
    }
    clock.nowMs += LIFETIME_MS;
    await accessToken();

    clock.nowMs += LIFETIME_MS;
    server.refresh.mockRejectedValueOnce(UNAVAILABLE);
    await expect(accessToken()).rejects.toBe(UNAVAILABLE);
    clock.nowMs += 501;

    expect(await accessToken()).toBe('access-3');
  });

  test('is over after a new sign-in', async () => {
    const { session, accessToken, server, clock } = await signedIn();
    clock.nowMs += LIFETIME_MS;
    server.refresh.mockRejectedValueOnce(UNAVAILABLE);
    await expect(accessToken()).rejects.toBe(UNAVAILABLE);

    await session.start(tokensOf(7, clock.nowMs - LIFETIME_MS));

    expect(await accessToken()).toBe('access-2');
  });

  test.for<[what: string, retryAfter: string, waitMs: number]>([
    ['in seconds', '90', 90_000],
    ['as a date', new Date(START_MS + LIFETIME_MS + 90_000).toUTCString(), 90_000],
    ['for a day: it is asked again after an hour', '86400', 3_600_000],
  ])('lasts as long as the server asks for with Retry-After, %s', async ([, retryAfter, waitMs]) => {
    const { accessToken, session, server, clock } = await signedIn();
    clock.nowMs += LIFETIME_MS;
    const busy = new TokenwardError('token_endpoint_unavailable', 'HTTP 429.', { retryAfter });
    server.refresh.mockRejectedValueOnce(busy);
    await expect(accessToken()).rejects.toBe(busy);

    clock.nowMs += waitMs - 60_001;
    await expect(accessToken()).rejects.toMatchObject({ message: busy.message, retryAfter: '61' });
    clock.nowMs += 60_000;
    await expect(accessToken()).rejects.toMatchObject({ message: busy.message, retryAfter: '1' });
    expect(server.refresh).toHaveBeenCalledTimes(1);
    clock.nowMs += 1;
    expect(await accessToken()).toBe('access-2');
    expect(await session.view()).toMatchObject({ status: 'signed-in' });
  });

  test.for(['', '0', '-5', 'soon', '1e9', new Date(START_MS).toUTCString()])(
    'is its own where Retry-After is %j',
    async (retryAfter) => {
      const { accessToken, server, clock } = await signedIn();
      clock.nowMs += LIFETIME_MS;
      server.refresh.mockRejectedValueOnce(new TokenwardError('token_endpoint_unavailable', '', { retryAfter }));
      await expect(accessToken()).rejects.toThrow();

      clock.nowMs += 501;

      expect(await accessToken()).toBe('access-2');
    },
  );

  test('does not last longer because the clock was set back', async () => {
    const { accessToken, server, clock } = await signedIn();
    clock.nowMs += 24 * 60 * 60 * 1000;
    server.refresh.mockRejectedValueOnce(UNAVAILABLE);
    await expect(accessToken()).rejects.toBe(UNAVAILABLE);

    clock.nowMs -= 12 * 60 * 60 * 1000;

    expect(await accessToken()).toBe('access-2');
  });
});

describe('a refusal of the refresh token', () => {
  const ECHO = { reason: 'lost', lastError: { code: 'token_request_refused', serverCode: 'invalid_grant' } };
  const LOGIN_REQUIRED = new TokenwardError('authorization_refused', 'No.', { serverCode: 'login_required' });

  test('may follow a lost response: the session is lost, says why, and can be renewed silently', async () => {
    const { accessToken, session, server, clock, announced } = await signedIn();
    clock.nowMs += LIFETIME_MS;
    server.refresh.mockRejectedValueOnce(REFUSED);

    expect(await accessToken()).toBeUndefined();

    expect(await session.view()).toMatchObject({ status: 'signed-out', ...ECHO });
    expect(announced.at(-1)).toMatchObject(ECHO);
    expect(await accessToken()).toBeUndefined();
    expect(server.refresh).toHaveBeenCalledTimes(1);
    await session.start(tokensOf(2, clock.nowMs));
    expect(await accessToken()).toBe('access-2');
  });

  test('counts before expiry too', async () => {
    const { accessToken, session, server, clock } = await signedIn();
    clock.nowMs += LIFETIME_MS - 1;
    server.refresh.mockRejectedValueOnce(REFUSED);

    expect(await accessToken()).toBeUndefined();
    expect(await session.view()).toMatchObject(ECHO);
  });

  test.for([
    ['the sign-in', LOGIN_REQUIRED],
    ['the code of the sign-in', REFUSED],
  ] as const)('is final once the server also refuses %s that was to renew the session', async ([, error]) => {
    const { accessToken, session, server, clock } = await signedIn();
    clock.nowMs += LIFETIME_MS;
    server.refresh.mockRejectedValueOnce(REFUSED);
    await accessToken();

    await session.fail(error);

    expect(await session.view()).toMatchObject({
      status: 'signed-out',
      reason: 'refused',
      lastError: { code: error.code, serverCode: error.serverCode, retryable: false },
    });
  });

  test.for([UNAVAILABLE, new TokenwardError('issuer_unreachable', ''), new TokenwardError('id_token_invalid', '')])(
    'is not final while that sign-in fails for another reason: $code',
    async (error) => {
      const { accessToken, session, server, clock } = await signedIn();
      clock.nowMs += LIFETIME_MS;
      server.refresh.mockRejectedValueOnce(REFUSED);
      await accessToken();

      await session.fail(error);

      expect(await session.view()).toMatchObject({ status: 'signed-out', reason: 'lost' });
    },
  );
});

describe('a refresh that completes too late', () => {
  test('does not bring back a session that was signed out: its tokens are revoked', async () => {
    const { accessToken, session, server, clock, announced } = await signedIn();
    clock.nowMs += LIFETIME_MS;
    const answer = deferred<TokenSet>();
    server.refresh.mockReturnValueOnce(answer.promise);
    const waiting = accessToken();
    await expect.poll(() => server.refresh).toHaveBeenCalledTimes(1);

    await session.signOut();
    answer.resolve(tokensOf(2, clock.nowMs));

    expect(await waiting).toBeUndefined();
    expect(await session.view()).toMatchObject({ status: 'signed-out', reason: 'signed-out' });
    expect(announced.at(-1)).toMatchObject({ status: 'signed-out' });
    expect(server.revoke.mock.calls.map(([tokens]) => accessIn(tokens))).toEqual(['access-1', 'access-2']);
    expect(await accessToken()).toBeUndefined();
  });

  test('does not replace a session that was begun in the meantime', async () => {
    const { accessToken, session, server, clock } = await signedIn();
    clock.nowMs += LIFETIME_MS;
    const answer = deferred<TokenSet>();
    server.refresh.mockReturnValueOnce(answer.promise);
    const waiting = accessToken();
    await expect.poll(() => server.refresh).toHaveBeenCalledTimes(1);

    await session.start(tokensOf(7, clock.nowMs, { claims: { sub: 'grace' } }));
    answer.resolve(tokensOf(2, clock.nowMs));
    await waiting;

    expect(await accessToken()).toBe('access-7');
    expect(await session.view()).toMatchObject({ claims: { sub: 'grace' } });
    expect(server.revoke.mock.calls.map(([tokens]) => accessIn(tokens))).toEqual(['access-1', 'access-2']);
  });

  test('with a refusal does not end a session that was begun in the meantime', async () => {
    const { accessToken, session, server, clock } = await signedIn();
    clock.nowMs += LIFETIME_MS;
    const answer = deferred<TokenSet>();
    server.refresh.mockReturnValueOnce(answer.promise);
    const waiting = accessToken();
    await expect.poll(() => server.refresh).toHaveBeenCalledTimes(1);

    await session.start(tokensOf(7, clock.nowMs));
    answer.reject(REFUSED);
    await waiting;

    expect(await accessToken()).toBe('access-7');
  });

  test('does not bring back a session that another worker version had renewed', async () => {
    const vault = createMemoryVault();
    const gate = deferred<void>();
    let reads = 0;
    const slow: Vault = {
      ...vault,
      // The read before the refresh sees what the other version wrote, and is slow to say so.
      read: async (name) => {
        const value = await vault.read(name);
        if (name === 'session' && (reads += 1) === 2) await gate.promise;
        return value;
      },
    };
    const { accessToken, session, clock } = await signedIn({}, slow);
    const other = setUp(vault);
    await other.session.start(tokensOf(9, clock.nowMs));
    clock.nowMs += LIFETIME_MS;
    const waiting = accessToken();
    await expect.poll(() => reads).toBe(2);

    const signedOut = session.signOut();
    gate.resolve();
    await signedOut;
    await waiting;

    expect(await session.view()).toMatchObject({ status: 'signed-out', reason: 'signed-out' });
    expect(await accessToken()).toBeUndefined();
  });
});

describe('a token that another worker version has renewed', () => {
  test('is used, and the refresh token is not used a second time', async () => {
    const vault = createMemoryVault();
    const { accessToken, server, clock } = await signedIn({}, vault);
    clock.nowMs += LIFETIME_MS;
    const other = setUp(vault);
    await other.session.start(tokensOf(9, clock.nowMs));

    expect(await accessToken()).toBe('access-9');
    expect(server.refresh).not.toHaveBeenCalled();
  });
});

describe('a refresh of another worker version', () => {
  test('is not waited for any longer because the clock was set back', async () => {
    const answers: LeaseAnswer[] = ['held', 'granted'];
    const vault: Vault = { ...createMemoryVault(), acquireLease: async () => answers.shift() ?? 'granted' };
    const { accessToken, clock } = await signedIn({}, vault);
    clock.nowMs += LIFETIME_MS;
    const waiting = accessToken();
    await expect.poll(() => answers).toHaveLength(1);

    clock.nowMs -= 24 * 60 * 60 * 1000;

    expect(await waiting).toBe('access-2');
  });

  test('is waited for once, as long as it can last, even if another seems to have begun by then', async () => {
    const acquireLease = vi.fn(async (): Promise<LeaseAnswer> => 'held');
    const { accessToken, clock } = await signedIn({}, { ...createMemoryVault(), acquireLease });
    clock.nowMs += LIFETIME_MS;
    const waiting = accessToken();
    await expect.poll(() => acquireLease).toHaveBeenCalledTimes(1);

    clock.nowMs += LEASE_MS;

    expect(await waiting).toBe('access-2');
    expect(acquireLease).toHaveBeenCalledTimes(2);
  });

  test('is waited for again if that version has started another target', async () => {
    const memory = createMemoryVault();
    const leases: LeaseAnswer[] = ['held', 'held'];
    const acquireLease = vi.fn(async () => leases.shift() ?? 'granted');
    let read = memory.read;
    const { accessToken, server, clock } = await signedIn({}, { ...memory, acquireLease, read: (name) => read(name) });
    const other = laterThan(await memory.read('session'), tokensOf(9, clock.nowMs));
    read = async () => {
      clock.nowMs += LEASE_MS * 0.8;
      return other;
    };

    expect(await accessToken('resource=urn%3Areports')).toBe('access-2');
    expect(acquireLease).toHaveBeenCalledTimes(3);
    expect(server.refresh).toHaveBeenCalledTimes(1);
  });

  test('is not waited for endlessly even if the record changes meanwhile, and is of another target', async () => {
    const memory = createMemoryVault();
    const acquireLease = async (): Promise<LeaseAnswer> => 'held';
    let read = memory.read;
    const { accessToken, server, clock } = await signedIn({}, { ...memory, acquireLease, read: (name) => read(name) });
    const own = await memory.read('session');
    const other = laterThan(own, tokensOf(9, clock.nowMs));
    const changes = [other, own, other, own];
    read = async () => {
      clock.nowMs += LEASE_MS / 4;
      return changes.shift() ?? own;
    };

    expect(await accessToken('resource=urn%3Areports')).toBe('access-2');
    expect(server.refresh).toHaveBeenCalledTimes(1);
  });
});

describe('a sign-in over a session', () => {
  test('of another user revokes the previous tokens, once the new session is stored', async () => {
    const { session, server, clock } = await signedIn();
    server.revoke.mockImplementation(async () => {
      expect(await session.view()).toMatchObject({ claims: { sub: 'grace' } });
      return true;
    });

    await session.start(tokensOf(2, clock.nowMs, { claims: { sub: 'grace' } }));

    expect(server.revoke.mock.calls.map(([tokens]) => tokens.refreshToken?.reveal())).toEqual(['refresh-1']);
  });

  test('of the same user revokes nothing, because a server may end its whole grant with it', async () => {
    const { session, server, clock } = await signedIn();

    await session.start(tokensOf(2, clock.nowMs));

    expect(server.revoke).not.toHaveBeenCalled();
  });
});

describe('a token that another version has overtaken', () => {
  /** A session that was lost while the revocation of such a token waits for its end. */
  async function lostSession(): Promise<ReturnType<typeof setUp>> {
    const parts = await signedIn();
    const { session, server, clock, vault, accessToken } = parts;
    const late = deferred<TokenSet>();
    server.refresh.mockReturnValueOnce(late.promise);
    clock.nowMs += LIFETIME_MS;
    const waiting = accessToken();
    await expect.poll(() => server.refresh.mock.calls.length).toBe(1);
    await vault.write('session', laterThan(await vault.read('session'), tokensOf(3, clock.nowMs)));
    await session.sync();
    late.resolve(tokensOf(2, clock.nowMs));
    expect(await waiting).toBe('access-3');
    await session.end(REFUSED, 'wipe');
    await session.sendRevocations();
    return parts;
  }
  const revoked = ({ server }: ReturnType<typeof setUp>): (string | undefined)[] =>
    server.revoke.mock.calls.map(([tokens]) => tokens.refreshToken?.reveal());

  test('is not revoked while the session is lost, nor after its renewal: a server may end the grant that both share', async () => {
    const parts = await lostSession();
    const { session, clock } = parts;
    expect(revoked(parts)).toEqual([]);

    await session.start(tokensOf(4, clock.nowMs), { renewal: {} });
    expect(revoked(parts)).toEqual([]);

    await session.signOut();
    expect(new Set(revoked(parts))).toEqual(new Set(['refresh-2', 'refresh-4']));
  });

  test.for<[string, (parts: ReturnType<typeof setUp>) => Promise<void>]>([
    ['the user signs out', ({ session }) => session.signOut()],
    [
      'another user signs in',
      ({ session, clock }) => session.start(tokensOf(4, clock.nowMs, { claims: { sub: 'grace' } })),
    ],
    [
      'the renewal is refused',
      async ({ session }) => {
        await session.fail(REFUSED);
        await session.sendRevocations();
      },
    ],
  ])('is revoked once the lost session has ended: %s', async ([, end]) => {
    const parts = await lostSession();

    await end(parts);

    expect(revoked(parts)).toEqual(['refresh-2']);
  });
});

describe('sign-out', () => {
  test('forgets, then revokes both tokens, and keeps the hint for the end of the session at the server, once', async () => {
    const { session, server, vault } = await signedIn();
    server.revoke.mockImplementation(async () => {
      expect(await vault.read('session')).not.toHaveProperty('tokens');
      return true;
    });

    await session.signOut();

    expect(server.revoke).toHaveBeenCalledTimes(1);
    expect((await session.takeIdTokenHint())?.reveal()).toBe('id');
    expect(await session.takeIdTokenHint()).toBeUndefined();
    expect(JSON.stringify(await vault.read('session'))).not.toMatch(/"id"[^:]|access-1|refresh-1/);
  });

  test('keeps a revocation that failed, says so, and tries again until the server has answered', async () => {
    const { session, server, scheduled, vault, announced } = await signedIn();
    server.revoke.mockResolvedValueOnce(false).mockResolvedValueOnce(false);

    await session.signOut();
    expect(await session.view()).toMatchObject({ status: 'signed-out', reason: 'signed-out', revocation: 'open' });
    expect(scheduled).toHaveLength(1);
    await session.sendRevocations();
    expect(await session.view()).toMatchObject({ revocation: 'open' });
    await session.sendRevocations();

    expect(server.revoke.mock.calls.map(([{ refreshToken }]) => refreshToken?.reveal())).toEqual(
      Array.from({ length: 3 }, () => 'refresh-1'),
    );
    expect(await session.view()).toEqual({ status: 'signed-out', reason: 'signed-out' });
    expect(announced.at(-1)).toEqual({ status: 'signed-out', reason: 'signed-out' });
    expect(JSON.stringify(await vault.read('session'))).not.toContain('refresh-1');
  });

  test('keeps a revocation that failed over a stop of the worker, and over the sign-in of another user', async () => {
    const { session, server, vault, clock } = await signedIn();
    server.revoke.mockResolvedValue(false);
    await session.start(tokensOf(5, clock.nowMs, { claims: { sub: 'grace' } }));
    await session.signOut();

    const next = setUp(vault);
    await next.session.sendRevocations();

    expect(next.server.revoke.mock.calls.map(([{ refreshToken }]) => refreshToken?.reveal())).toEqual([
      'refresh-1',
      'refresh-5',
    ]);
  });

  test('is tried again by a timer, and by a request, not too early, and no more once the tokens have expired', async () => {
    const { session, server, scheduled, clock, accessToken } = await signedIn();
    server.revoke.mockResolvedValue(false);
    await session.signOut();
    expect(server.revoke).toHaveBeenCalledTimes(1);

    await accessToken();
    expect(server.revoke).toHaveBeenCalledTimes(1);
    clock.nowMs += 1000;
    scheduled[0]?.();
    await expect.poll(() => server.revoke).toHaveBeenCalledTimes(2);
    await expect.poll(() => scheduled).toHaveLength(2);
    clock.nowMs += 2000;
    await accessToken();
    await expect.poll(() => server.revoke).toHaveBeenCalledTimes(3);
    clock.nowMs += 31 * 24 * 60 * 60 * 1000;
    await session.sendRevocations();

    expect(server.revoke).toHaveBeenCalledTimes(3);
    expect(await session.view()).not.toHaveProperty('revocation');
  });

  test('of a session that was lost keeps it from being renewed silently', async () => {
    const { session, server, clock, accessToken } = await signedIn();
    clock.nowMs += LIFETIME_MS;
    server.refresh.mockRejectedValueOnce(REFUSED);
    await accessToken();

    await session.signOut();

    expect(await session.view()).toMatchObject({ status: 'signed-out', reason: 'signed-out' });
  });

  test('is announced to the other versions, which end that session and no other', async () => {
    const one = await signedIn();
    const other = setUp(one.vault);
    await other.session.view();

    await one.session.signOut();
    expect(one.toldVersions).toHaveLength(1);
    await other.session.endSignedOut('another session');
    expect(await other.session.view()).toMatchObject({ status: 'signed-in' });
    await other.session.endSignedOut(String(one.toldVersions[0]));

    expect(await other.session.view()).toMatchObject({ status: 'signed-out', reason: 'signed-out' });
  });

  test('revokes the tokens of a sign-in that was under way, also if another user has signed in since', async () => {
    const { session, server, clock } = await signedIn();
    const signOuts = await session.signOuts();
    await session.signOut();
    await session.start(tokensOf(8, clock.nowMs, { claims: { sub: 'grace' } }));
    server.revoke.mockClear();

    await session.start(tokensOf(9, clock.nowMs), { signOuts });

    expect(await session.view()).toMatchObject({ status: 'signed-in', claims: { sub: 'grace' } });
    expect(server.revoke.mock.calls.map(([tokens]) => accessIn(tokens))).toEqual(['access-9']);
  });

  test('applies to a sign-in that is under way, even if no user was signed in', async () => {
    const { session, server, clock } = setUp();
    const signOuts = await session.signOuts();
    await session.signOut();

    await session.start(tokensOf(9, clock.nowMs), { signOuts });

    expect(await session.view()).toEqual({ status: 'signed-out', reason: 'signed-out' });
    expect(server.revoke).toHaveBeenCalledOnce();
    await session.start(tokensOf(10, clock.nowMs), { signOuts: await session.signOuts() });
    expect(await session.view()).toMatchObject({ status: 'signed-in' });
  });

  test('that is repeated keeps the hint for the end of the session at the server', async () => {
    const { session } = await signedIn();
    await session.signOuts();

    await session.signOut();
    await session.signOut();

    expect((await session.takeIdTokenHint())?.reveal()).toBe('id');
  });

  test('without a session does nothing', async () => {
    const { session, server, announced } = setUp();

    await session.signOut();

    expect(server.revoke).not.toHaveBeenCalled();
    expect(announced).toEqual([]);
    expect(await session.view()).toEqual({ status: 'signed-out', reason: 'not-signed-in' });
  });

  test('that was read tells the pages once, with the first request that passes the worker', async () => {
    const { session, announced } = setUp();
    expect(session.passIfSignedOut()).toBe(false);
    await session.view();
    expect(announced).toEqual([]);

    expect([session.passIfSignedOut(), session.passIfSignedOut()]).toEqual([true, true]);

    expect(announced).toEqual([{ status: 'signed-out', reason: 'not-signed-in' }]);
  });

  test('that the pages were told of is not announced again by a request that passes the worker', async () => {
    const { session, announced } = await signedIn();
    expect(session.passIfSignedOut()).toBe(false);
    await session.signOut();
    const told = announced.length;

    expect(session.passIfSignedOut()).toBe(true);

    expect(announced).toHaveLength(told);
  });
});

describe('a session', () => {
  test('shows no token', async () => {
    const { session, announced } = await signedIn();
    const view = await session.view();

    expect(view).toEqual({
      status: 'signed-in',
      claims: { sub: 'ada' },
      scopes: ['openid'],
      expiresAtMs: START_MS + LIFETIME_MS,
      renewalHint: 'session_scope=openid&session_user=ada',
      storage: 'memory',
      network: 'online',
    });
    expect(announced).toEqual([view]);
  });

  test('is stored before it is announced', async () => {
    const vault = createMemoryVault();
    const write = deferred<void>();
    const slow: Vault = {
      ...vault,
      write: async (name, value) => {
        await write.promise;
        return vault.write(name, value);
      },
    };
    const { session, announced, clock } = setUp(slow);

    const started = session.start(tokensOf(1, clock.nowMs));
    expect(announced).toEqual([]);
    write.resolve();
    await started;

    expect(announced).toHaveLength(1);
  });

  test('outlives the worker in its records', async () => {
    const { session, vault } = await signedIn();
    await session.fail(new TokenwardError('authorization_refused', 'No.', { serverCode: 'access_denied' }));

    const next = setUp(vault);

    expect(await next.accessToken()).toBe('access-1');
    expect(await next.session.view()).toEqual(await session.view());
  });

  test('stays, with the reason, when another sign-in fails, and forgets the reason with the next that does not', async () => {
    const { session, clock } = await signedIn();

    await session.fail(new TokenwardError('authorization_refused', 'No.', { serverCode: 'access_denied' }));
    expect(await session.view()).toMatchObject({ status: 'signed-in', lastError: { code: 'authorization_refused' } });
    await session.start(tokensOf(2, clock.nowMs));

    expect(await session.view()).not.toHaveProperty('lastError');
  });

  test.for<[what: string, stored: unknown]>([
    ['that does not open', UNREADABLE],
    ['that is no object', 'x'],
    ['whose tokens are incomplete', { status: 'signed-in', tokens: { accessToken: 'x' } }],
    ['whose tokens are of other types', { status: 'signed-in', tokens: { ...plainTokens(), expiresAtMs: '1' } }],
    ['whose access tokens are no object', { tokens: { ...plainTokens(), accessTokens: 'x' } }],
    [
      'one of whose access tokens is incomplete',
      { tokens: { ...plainTokens(), accessTokens: { '': { accessToken: 'x' } } } },
    ],
    ['with a bound token whose key is not there', { tokens: { ...plainTokens(), isBound: true } }],
    ['whose claims have no subject', { status: 'signed-in', tokens: { ...plainTokens(), claims: {} } }],
  ])('is lost, not refused, with a record %s', async ([, stored]) => {
    const vault = createMemoryVault();
    await vault.write('session', stored);
    const { session, accessToken } = setUp(vault);

    expect(await accessToken()).toBeUndefined();
    expect(await session.view()).toEqual({ status: 'signed-out', reason: 'lost' });
  });

  test('opens from a record of the release that kept one access token', async () => {
    const vault = createMemoryVault();
    await vault.write('session', { status: 'signed-in', tokens: plainTokens() });

    expect(await setUp(vault).accessToken()).toBe('a');
  });
});

function plainTokens(): Readonly<Record<string, unknown>> {
  return {
    claims: { sub: 'ada' },
    scopes: ['openid'],
    accessToken: 'a',
    refreshToken: 'r',
    idToken: 'i',
    expiresAtMs: START_MS + LIFETIME_MS,
    lifetimeMs: LIFETIME_MS,
  };
}

describe('a session without a network', () => {
  const NETWORK_GONE = new TokenwardError('issuer_unreachable', 'It does not answer.', { cause: new TypeError() });
  const networksOf = (views: readonly Session[]): readonly (string | undefined)[] =>
    views.map((view) => (view.status === 'signed-in' ? view.network : undefined));

  test('is offline, and signed in, while the browser says that there is none', async () => {
    const { session, browser } = await signedIn();

    browser.isOnline = false;

    expect(await session.view()).toMatchObject({ status: 'signed-in', claims: { sub: 'ada' }, network: 'offline' });
  });

  test.for([NETWORK_GONE, UNAVAILABLE, new TokenwardError('token_response_invalid', 'A page of HTML.')])(
    'is offline after $code, says so once, and is online again with the next access token',
    async (error) => {
      const { session, server, clock, announced, accessToken } = await signedIn();
      clock.nowMs += LIFETIME_MS;
      server.refresh.mockRejectedValueOnce(error).mockRejectedValueOnce(error);

      await expect(accessToken()).rejects.toBe(error);
      clock.nowMs += 60_000;
      await expect(accessToken()).rejects.toBe(error);
      expect(await session.view()).toMatchObject({ status: 'signed-in', network: 'offline' });
      clock.nowMs += 60_000;
      expect(await accessToken()).toBe('access-2');

      expect(networksOf(announced)).toEqual(['online', 'offline', 'online']);
    },
  );

  test('recovers at once when the network is back, though it was too early for another attempt', async () => {
    const { session, server, clock, announced, accessToken } = await signedIn();
    clock.nowMs += LIFETIME_MS;
    server.refresh.mockRejectedValueOnce(NETWORK_GONE);
    await expect(accessToken()).rejects.toBe(NETWORK_GONE);

    await session.recover();

    expect(networksOf(announced).at(-1)).toBe('online');
    expect(await accessToken()).toBe('access-2');
  });

  test('sends no request to a server that has asked to wait', async () => {
    const { session, server, clock, accessToken } = await signedIn();
    clock.nowMs += LIFETIME_MS;
    server.refresh.mockRejectedValueOnce(UNAVAILABLE);
    await expect(accessToken()).rejects.toBe(UNAVAILABLE);

    await session.recover();

    expect(server.refresh).toHaveBeenCalledOnce();
    expect(await session.view()).toMatchObject({ status: 'signed-in', network: 'offline' });
  });

  test('sends the server no request while nothing has failed, or no user is signed in', async () => {
    const { session, server, clock } = await signedIn();
    clock.nowMs += LIFETIME_MS;

    await session.recover();
    await setUp().session.recover();

    expect(server.refresh).not.toHaveBeenCalled();
  });

  test('that the server has refused is not offline, but over', async () => {
    const { session, server, clock, accessToken } = await signedIn();
    clock.nowMs += LIFETIME_MS;
    server.refresh.mockRejectedValueOnce(UNAVAILABLE).mockRejectedValueOnce(REFUSED);
    await expect(accessToken()).rejects.toBe(UNAVAILABLE);
    clock.nowMs += 60_000;

    expect(await accessToken()).toBeUndefined();

    expect(await session.view()).toMatchObject({ status: 'signed-out', reason: 'lost' });
  });
});

describe('a session that is to be read again', () => {
  test('is not that of an earlier reading that takes longer', async () => {
    const memory = createMemoryVault();
    await setUp(memory).session.start(tokensOf(1, START_MS));
    let answerFirst: ((value: unknown) => void) | undefined;
    const first = new Promise<unknown>((resolve) => {
      answerFirst = resolve;
    });
    const { session } = setUp({ ...memory, read: vi.fn(memory.read).mockReturnValueOnce(first) });
    const view = session.view();

    session.forget();
    answerFirst?.(UNREADABLE);

    expect(await view).toMatchObject({ status: 'signed-in' });
    expect(session.passIfSignedOut()).toBe(false);
  });
});
