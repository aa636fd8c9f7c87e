import { describe, expect, test, vi } from 'vitest';
import type { ProtectedResourceOptions } from '../../src/configuration/configuration.ts';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { keyOfTarget, type TokenTarget } from '../../src/configuration/token-target.ts';
import type { AccessChallenge } from '../../src/protocol/access-challenge.ts';
import type { Access, AccessSource } from '../../sw/fetch/access.ts';
import { sendAuthenticated } from '../../sw/fetch/handler.ts';
import { createRecentNeedles } from '../../sw/fetch/reflection.ts';
import type { TargetToken } from '../../sw/session/token-refresh.ts';
import { TokenSession } from '../../sw/session/token-session.ts';
import type { IssuedToken, TokenSet } from '../../sw/session/token-set.ts';
import { InvalidTokenRenewal } from '../../sw/session/invalid-token-renewal.ts';
import { UnauthorizedRenewal } from '../../sw/session/unauthorized-renewal.ts';
import { createMemoryVault } from '../../sw/vault/memory-vault.ts';
import { Token } from '../../sw/vault/token.ts';

const API = 'https://api.example/v1';
/** A resource with the default of `renewOn`. */
const DEFAULT_API = 'https://default.example/v1';
const START_MS = 1_800_000_000_000;
const LIFETIME_MS = 24 * 60 * 60_000;
/** Renewals that do not help, before a pause begins. */
const UNHELPFUL = 3;
/** Shortest and longest pause between two renewals. */
const PAUSE_MS = 30_000;
const MAX_PAUSE_MS = 60 * 60_000;

interface TokenAccess extends Access {
  readonly token: TargetToken;
}

/** What the API answers to a request with a token. */
type Api = (path: string, token: string) => Response | Promise<Response>;

function issuedAt(atMs: number, accessToken: string, lifetimeMs: number): IssuedToken {
  const expiresAtMs = atMs + lifetimeMs;
  return { accessToken: new Token('access_token', accessToken), scopes: [], expiresAtMs, lifetimeMs, isBound: false };
}

function tokensAt(nowMs: number, generation: number, changes: Partial<TokenSet> = {}): TokenSet {
  return {
    claims: { sub: 'ada' },
    scopes: [],
    accessTokens: { '': issuedAt(nowMs, `access-${generation}`, LIFETIME_MS) },
    refreshToken: new Token('refresh_token', `refresh-${generation}`),
    idToken: new Token('id_token', 'id'),
    dpopKey: undefined,
    ...changes,
  };
}

/** A session at a server that counts refreshes, and two resources at one API with that session's tokens. */
async function setUp(api: Api, changes: Partial<TokenSet> = {}, options: Partial<ProtectedResourceOptions> = {}) {
  const clock = { nowMs: START_MS };
  let generation = 1;
  const refresh = vi.fn(async (tokens: TokenSet, target: TokenTarget): Promise<TokenSet> => {
    generation += 1;
    const issued = issuedAt(clock.nowMs, `access-${generation}`, LIFETIME_MS);
    const accessTokens = { ...tokens.accessTokens, [keyOfTarget(target)]: issued };
    return { ...tokens, accessTokens, refreshToken: new Token('refresh_token', `refresh-${generation}`) };
  });
  const session = new TokenSession({
    vault: createMemoryVault(),
    refresh,
    revoke: async () => true,
    tellVersions: () => {},
    schedule: () => {},
    announce: () => {},
    isOnline: () => true,
    isServerReachable: async () => true,
    now: () => clock.nowMs,
    refreshBeforeExpiryMs: 10_000,
    leaseMs: 20_000,
  });
  await session.start(tokensAt(clock.nowMs, 1, changes));
  const unauthorized = new UnauthorizedRenewal(session, () => clock.nowMs);
  const invalid = new InvalidTokenRenewal(session, () => clock.nowMs);
  const accessOf = (token: TargetToken | undefined): TokenAccess | undefined =>
    token && {
      token,
      authorize: () => ({ authorization: `Bearer ${token.issued.accessToken.reveal()}` }),
      observe: () => false,
    };
  const source: AccessSource<TokenAccess> = {
    fresh: async (target) => accessOf(await session.fresh(target)),
    freshAfter: async ({ token }, rule) =>
      accessOf(await (rule === 'unauthorized' ? unauthorized : invalid).after(token)),
    noteOutcome: ({ token }, outcome, rule) =>
      (rule === 'unauthorized' ? unauthorized : invalid).noteOutcome(token, outcome),
  };
  const { protectedResources } = parseConfiguration(
    {
      issuer: 'https://as.example',
      clientId: 'spa',
      protectedResources: [
        { url: API, renewOn: 'unauthorized', ...options },
        { url: DEFAULT_API },
        { url: 'https://scoped.example/v1', renewOn: 'unauthorized', scopes: ['other'] },
      ],
    },
    'https://app.example',
  );
  const sent: string[] = [];
  const challenges: AccessChallenge[] = [];
  const send = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const { origin } = new URL(url);
    const resource = protectedResources.find((known) => known.origin === origin);
    if (!resource) throw new Error('There is no resource.');
    return sendAuthenticated(new Request(url, init), resource, {
      source,
      send: async (input) => {
        if (!(input instanceof Request)) throw new TypeError('A request was expected.');
        const token = input.headers.get('authorization')?.split(' ')[1] ?? '';
        sent.push(`${token}${await input.text()}`);
        return api(new URL(input.url).pathname, token);
      },
      tell: (challenge) => challenges.push(challenge),
      tellReflection: () => {},
      recentNeedles: createRecentNeedles(() => clock.nowMs),
      now: () => clock.nowMs,
      isAbandoned: async () => false,
    });
  };
  return { send, sent, refresh, clock, session, challenges, unauthorized };
}

function refusal(challenge?: string, body: string = ''): Response {
  const headers = { 'content-type': 'text/html', ...(challenge !== undefined && { 'www-authenticate': challenge }) };
  return new Response(body, { status: 401, headers });
}

function invalidToken(): Response {
  return refusal('Bearer error="invalid_token"');
}

/** An API that has a URL which refuses every token as invalid. */
function neverAt(never: string): Api {
  return (path) => (path.endsWith(never) ? invalidToken() : new Response());
}

/** A response from another URL, after a redirect. */
function redirectedTo(url: string, response: Response): Response {
  Object.defineProperties(response, { url: { value: url }, redirected: { value: true } });
  return response;
}

const REFUSALS: readonly [what: string, answer: () => Response][] = [
  ['without a challenge', () => refusal()],
  ['with a challenge of another scheme', () => refusal('Basic realm="notes"')],
  ['with an empty challenge', () => refusal('')],
  ['with a page of HTML', () => refusal(undefined, '<h1>Sign in</h1>')],
  ['with a Bearer challenge without an error', () => refusal('Bearer realm="notes"')],
  ['with a challenge that is not to be parsed', () => refusal('="; ,,"')],
  ['with a challenge that is too long', () => refusal(`Bearer realm="${'x'.repeat(5000)}"`)],
  ['with an error of another specification', () => refusal('Bearer error="token_expired"')],
  ['with invalid_token', invalidToken],
];

describe('a resource that says no more than 401', () => {
  test.for(REFUSALS)('has one refresh and one replay for a 401 %s', async ([, answer]) => {
    const { send, sent, refresh } = await setUp((_, token) =>
      token === 'access-1' ? answer() : new Response('notes'),
    );

    const response = await send(`${API}/notes`, { method: 'POST', body: ' a note' });

    expect([response.status, await response.text()]).toEqual([200, 'notes']);
    expect(sent).toEqual(['access-1 a note', 'access-2 a note']);
    expect(refresh).toHaveBeenCalledOnce();
  });

  test.for(REFUSALS)('passes on the second 401 %s as it is', async ([, answer]) => {
    const { send, sent } = await setUp(answer);

    const response = await send(`${API}/notes`);
    const expected = answer();

    expect([response.status, await response.text()]).toEqual([401, await expected.text()]);
    expect([...response.headers]).toEqual([...expected.headers]);
    expect(sent).toEqual(['access-1', 'access-2']);
  });

  test.for([
    'Bearer error="insufficient_user_authentication", acr_values="mfa"',
    'DPoP error="insufficient_user_authentication"',
    'Bearer error="insufficient_scope", scope="notes:write"',
    'Basic realm="x", Bearer error="insufficient_scope"',
    'GNAP error="insufficient_scope"',
    'DPoP error="use_dpop_nonce"',
  ])('has no refresh for %s', async (challenge) => {
    const { send, sent, refresh, challenges } = await setUp(() => refusal(challenge));

    expect((await send(`${API}/notes`)).status).toBe(401);
    expect(sent).toEqual(['access-1']);
    expect(refresh).not.toHaveBeenCalled();
    expect(challenges).toHaveLength(challenge.includes('user_auth') ? 1 : 0);
  });

  test.for(['https://other.example/v1/notes', 'https://api.example/v2/notes', 'https://api.example/v1/..%2fv2'])(
    'does not count what %s answers after a redirect',
    async (url) => {
      const { send, sent, refresh } = await setUp(() => redirectedTo(url, refusal()));

      expect((await send(`${API}/notes`)).status).toBe(401);
      expect([sent, refresh.mock.calls]).toEqual([['access-1'], []]);
    },
  );

  test.for([400, 403, 404, 407, 500, 503])('has no refresh for %i', async (status) => {
    const { send, sent } = await setUp(() => new Response('', { status }));

    expect((await send(`${API}/notes`)).status).toBe(status);
    expect(sent).toEqual(['access-1']);
  });

  test('gets no replay of a body over the limit, and the next request has the new token', async () => {
    const api: Api = (_, token) => (token === 'access-1' ? refusal() : new Response());
    const { send, sent } = await setUp(api, {}, { replayLimitBytes: 3 });

    expect((await send(`${API}/notes`, { method: 'POST', body: 'four' })).status).toBe(401);
    expect((await send(`${API}/notes`, { method: 'POST', body: 'four' })).status).toBe(200);
    expect(sent).toEqual(['access-1four', 'access-2four']);
  });

  test('does not end a session without a refresh token', async () => {
    const { send, sent, session } = await setUp(() => refusal(), { refreshToken: undefined });

    expect((await send(`${API}/notes`)).status).toBe(401);
    expect(sent).toEqual(['access-1']);
    expect((await session.view()).status).toBe('signed-in');
  });

  test('gets no token of a user who signed in meanwhile', async () => {
    let answer: (response: Response) => void = () => {};
    const { send, sent, session } = await setUp(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const pending = send(`${API}/notes`);
    await expect.poll(() => sent).toHaveLength(1);
    await session.start(tokensAt(START_MS, 7, { claims: { sub: 'grace' } }));
    answer(refusal());

    expect((await pending).status).toBe(401);
    expect(sent).toEqual(['access-1']);
  });
});

describe('a resource with the default', () => {
  test.for(REFUSALS)('has a refresh for a 401 %s only if it is invalid_token', async ([what, answer]) => {
    const { send, sent, refresh } = await setUp((_, token) => (token === 'access-1' ? answer() : new Response()));
    const isInvalid = what === 'with invalid_token';

    expect((await send(DEFAULT_API)).status).toBe(isInvalid ? 200 : 401);
    expect(sent).toHaveLength(isInvalid ? 2 : 1);
    expect(refresh).toHaveBeenCalledTimes(isInvalid ? 1 : 0);
  });

  test('has a refresh, whatever another resource of the same target does', async () => {
    const { send, refresh } = await setUp(invalidToken);
    for (let count = 0; count < 9; count++) await send(`${API}/notes`);
    expect(refresh).toHaveBeenCalledTimes(1);

    for (let count = 0; count < 9; count++) await send(DEFAULT_API);

    expect(refresh).toHaveBeenCalledTimes(1 + UNHELPFUL);
  });

  test('has a refresh for each token that the API revokes, however often', async () => {
    let revoked = 0;
    const { send, refresh } = await setUp((_, token) =>
      token === `access-${revoked}` ? invalidToken() : new Response(),
    );
    for (revoked = 1; revoked <= 100; revoked++) expect((await send(DEFAULT_API)).status).toBe(200);

    expect(refresh).toHaveBeenCalledTimes(100);
  });

  test('has a refresh after one that gave a token which many requests at once were refused with', async () => {
    const { send, refresh } = await setUp((_, token) => (/-[12]$/.test(token) ? invalidToken() : new Response()));
    await Promise.all(Array.from({ length: 100 }, () => send(DEFAULT_API)));
    expect(refresh).toHaveBeenCalledOnce();

    expect((await send(DEFAULT_API)).status).toBe(200);
  });
});

describe('without a refresh token, a URL that always answers invalid_token', () => {
  /** Sends a request each second, and signs in again whenever the session has ended. @returns the times of the sign-ins */
  async function requestEachSecond(
    { send, session, clock }: Awaited<ReturnType<typeof setUp>>,
    seconds: number,
    path: string = '/never',
  ): Promise<readonly number[]> {
    const signInsMs: number[] = [];
    for (let second = 0; second < seconds; second++, clock.nowMs += 1000) {
      expect((await send(`${DEFAULT_API}${path}`)).status).toBe(401);
      if ((await session.view()).status === 'signed-in') continue;
      signInsMs.push(clock.nowMs - START_MS);
      await session.start(tokensAt(clock.nowMs, 100 + signInsMs.length, { refreshToken: undefined }));
    }
    return signInsMs;
  }

  test('ends the session once, so that the page signs in again, and then a pause begins that doubles', async () => {
    const parts = await setUp(neverAt('/never'), { refreshToken: undefined });

    const signInsMs = await requestEachSecond(parts, 2 * 60 * 60);

    const pausesMs = signInsMs.slice(1).map((ms, index) => ms - (signInsMs[index] ?? 0));
    expect(signInsMs[0]).toBe(0);
    expect(pausesMs.slice(0, 3)).toEqual([1, 2, 4].map((times) => times * PAUSE_MS + 1000));
    expect(signInsMs.length).toBeLessThan(10);
  });

  test('keeps no other request from its token during the pause', async () => {
    const parts = await setUp(neverAt('/never'), { refreshToken: undefined });
    await requestEachSecond(parts, 10);

    expect((await parts.send(`${DEFAULT_API}/ok`)).status).toBe(200);
    expect((await parts.session.view()).status).toBe('signed-in');
  });

  test('ends the session once for many requests with one token', async () => {
    const { send, session } = await setUp(neverAt('/never'), { refreshToken: undefined });
    await Promise.all(Array.from({ length: 100 }, () => send(`${DEFAULT_API}/never`)));
    expect(await session.view()).toMatchObject({ status: 'signed-out', reason: 'lost' });
    await session.start(tokensAt(START_MS, 2, { refreshToken: undefined }));

    await Promise.all(Array.from({ length: 100 }, () => send(`${DEFAULT_API}/never`)));

    expect((await session.view()).status).toBe('signed-in');
  });

  test('is no reason to keep a token that the API revokes later', async () => {
    let revoked = 'access-1';
    const { send, session, clock } = await setUp((_, token) => (token === revoked ? invalidToken() : new Response()), {
      refreshToken: undefined,
    });
    for (let generation = 2; generation < 20; generation++, clock.nowMs += 6 * 60_000) {
      await send(DEFAULT_API);
      expect((await session.view()).status).toBe('signed-out');
      await session.start(tokensAt(clock.nowMs, generation, { refreshToken: undefined }));
      expect((await send(DEFAULT_API)).status).toBe(200);
      revoked = `access-${generation}`;
    }
  });
});

describe('1000 requests to a URL that always answers invalid_token', () => {
  test('cost three refreshes, one after the other', async () => {
    const { send, sent, refresh } = await setUp(neverAt('/never'));
    for (let count = 0; count < 1000; count++) expect((await send(`${DEFAULT_API}/never?${count}`)).status).toBe(401);

    expect(refresh).toHaveBeenCalledTimes(UNHELPFUL);
    expect(sent).toHaveLength(1000 + UNHELPFUL);
  });

  test('cost one refresh at the same time', async () => {
    const { send, refresh } = await setUp(neverAt('/never'));
    await Promise.all(Array.from({ length: 1000 }, () => send(`${DEFAULT_API}/never`)));

    expect(refresh).toHaveBeenCalledOnce();
  });

  test('cost three refreshes if requests that are accepted, and sign-ins, come between them', async () => {
    const { send, session, refresh } = await setUp(neverAt('/never'));
    for (let count = 0; count < 1000; count++) {
      await send(`${DEFAULT_API}/never`);
      expect((await send(`${DEFAULT_API}/ok`)).status).toBe(200);
      await session.start(tokensAt(START_MS, 1000 + count));
    }

    expect(refresh).toHaveBeenCalledTimes(UNHELPFUL);
  });

  test('cost a few refreshes in an hour: the pause doubles up to five minutes', async () => {
    const { send, refresh, clock } = await setUp(neverAt('/never'));
    const atMs: number[] = [];
    refresh.mockImplementation(async (tokens) => {
      atMs.push(clock.nowMs);
      return tokensAt(clock.nowMs, atMs.length + 1, { claims: tokens.claims });
    });
    for (; clock.nowMs < START_MS + 60 * 60_000; clock.nowMs += 1000) await send(`${DEFAULT_API}/never`);

    const pausesMs = atMs.slice(1).map((ms, index) => ms - (atMs[index] ?? 0));
    expect(pausesMs.slice(0, 6)).toEqual([1000, 1000, PAUSE_MS, 2 * PAUSE_MS, 4 * PAUSE_MS, 8 * PAUSE_MS]);
    expect(Math.max(...pausesMs)).toBe(10 * PAUSE_MS);
    expect(atMs.length).toBeLessThan(40);
  });

  test('cost no refresh for other requests after the pause, and tokens that are revoked then begin none', async () => {
    let revoked = 'none';
    const { send, refresh, clock } = await setUp((path, token) =>
      path.endsWith('/never') || token === revoked ? invalidToken() : new Response(),
    );
    for (let count = 0; count < 9; count++) await send(`${DEFAULT_API}/never`);
    clock.nowMs += PAUSE_MS;
    for (revoked of ['access-4', 'access-5', 'access-6']) expect((await send(DEFAULT_API)).status).toBe(200);

    expect(refresh).toHaveBeenCalledTimes(UNHELPFUL + 3);
  });

  test('keep no request from a token that is there already', async () => {
    const { send, sent, session, refresh } = await setUp((path, token) =>
      path.endsWith('/never') || token === 'access-4' ? invalidToken() : new Response(),
    );
    for (let count = 0; count < 9; count++) await send(`${DEFAULT_API}/never`);
    const late = send(DEFAULT_API);
    await session.start(tokensAt(START_MS, 9));

    expect((await late).status).toBe(200);
    expect(sent.slice(-2)).toEqual(['access-4', 'access-9']);
    expect(refresh).toHaveBeenCalledTimes(UNHELPFUL);
  });

  test.for<[what: string, answer: () => Response]>([
    ['fails', () => new Response('', { status: 503 })],
    ['comes from elsewhere', () => redirectedTo('https://other.example/', invalidToken())],
  ])('do not count if the answer to the replay %s', async ([, answer]) => {
    let replays = 0;
    const { send, refresh } = await setUp((_, token) => {
      const isReplay = token === `access-${replays + 2}`;
      if (isReplay) replays += 1;
      return isReplay ? answer() : invalidToken();
    });
    for (let count = 0; count < 9; count++) await send(DEFAULT_API);

    expect(refresh).toHaveBeenCalledTimes(9);
  });
});

describe('1000 requests to a URL that always answers 401', () => {
  const alwaysRefused: Api = (path) => (path.endsWith('/ok') ? new Response() : refusal());

  test('cost one refresh, one after the other', async () => {
    const { send, sent, refresh } = await setUp(alwaysRefused);
    for (let count = 0; count < 1000; count++) expect((await send(`${API}/never`)).status).toBe(401);

    expect(refresh).toHaveBeenCalledOnce();
    expect(sent).toHaveLength(1001);
  });

  test('cost one refresh at the same time, and each has one replay', async () => {
    const { send, sent, refresh } = await setUp(alwaysRefused);
    await Promise.all(Array.from({ length: 1000 }, () => send(`${API}/never`)));

    expect(refresh).toHaveBeenCalledOnce();
    expect(sent.filter((token) => token === 'access-1')).toHaveLength(1000);
    expect(sent.filter((token) => token === 'access-2')).toHaveLength(1000);
  });

  test('cost one refresh if others that are accepted come between them', async () => {
    const { send, refresh } = await setUp(alwaysRefused);
    for (let count = 0; count < 1000; count++) await send(`${API}/${count % 2 === 0 ? 'ok' : 'never'}`);

    expect(refresh).toHaveBeenCalledOnce();
  });

  test('cost one refresh if the user signs in again between them', async () => {
    const { send, session, refresh } = await setUp(alwaysRefused);
    for (let count = 0; count < 1000; count++) {
      await send(`${API}/never`);
      await session.start(tokensAt(START_MS, 1000 + count));
    }

    expect(refresh).toHaveBeenCalledOnce();
  });

  test('cost one refresh that fails', async () => {
    const { send, refresh } = await setUp(alwaysRefused);
    refresh.mockRejectedValue(new TypeError('The network is gone.'));
    for (let count = 0; count < 1000; count++) expect((await send(`${API}/never`)).status).toBe(401);

    expect(refresh).toHaveBeenCalledOnce();
  });

  test('cost one refresh for each target', async () => {
    const { send, refresh } = await setUp(alwaysRefused);
    await send('https://scoped.example/v1/ok');
    refresh.mockClear();
    for (let count = 0; count < 500; count++) {
      await send(`${API}/never`);
      await send('https://scoped.example/v1/never');
    }

    expect(refresh.mock.calls.map(([, target]) => target.scopes)).toEqual([[], ['other']]);
  });

  test('cost a few in a day: the pause doubles up to an hour', async () => {
    const { send, refresh, clock } = await setUp(alwaysRefused);
    const atMs: number[] = [];
    refresh.mockImplementation(async (tokens) => {
      atMs.push(clock.nowMs);
      return tokensAt(clock.nowMs, atMs.length + 1, { claims: tokens.claims });
    });
    for (; clock.nowMs < START_MS + 24 * 60 * 60_000; clock.nowMs += PAUSE_MS) await send(`${API}/never`);

    const pausesMs = atMs.slice(1).map((ms, index) => ms - (atMs[index] ?? 0));
    expect(pausesMs.slice(0, 4)).toEqual([1, 2, 4, 8].map((factor) => factor * PAUSE_MS));
    expect(Math.max(...pausesMs)).toBe(MAX_PAUSE_MS);
    expect(atMs.length).toBeLessThan(32);
  });
});

describe('the pause after a renewal', () => {
  test('does not keep a request from another token that is there already', async () => {
    const { send, sent, session, refresh } = await setUp((_, token) =>
      token === 'access-9' ? new Response() : refusal(),
    );
    await send(`${API}/notes`);
    const late = send(`${API}/notes`);
    await session.start(tokensAt(START_MS, 9));

    expect((await late).status).toBe(200);
    expect(sent.at(-1)).toBe('access-9');
    expect(refresh).toHaveBeenCalledOnce();
  });

  test('is a short one again once a resource has accepted a new token', async () => {
    let accepted = 'none';
    const { send, refresh, clock } = await setUp((_, token) => (token === accepted ? new Response() : refusal()));
    await send(`${API}/notes`);
    clock.nowMs += PAUSE_MS;
    // The second renewal is accepted: the pause after it is long, the one after the third is short.
    accepted = 'access-3';
    expect((await send(`${API}/notes`)).status).toBe(200);
    clock.nowMs += 2 * PAUSE_MS;
    accepted = 'access-4';
    expect((await send(`${API}/notes`)).status).toBe(200);
    clock.nowMs += PAUSE_MS;
    accepted = 'access-5';

    expect((await send(`${API}/notes`)).status).toBe(200);
    expect(refresh).toHaveBeenCalledTimes(4);
  });

  test.for<[what: string, answer: () => Response]>([
    ['fails', () => new Response('', { status: 503 })],
    ['comes from elsewhere', () => redirectedTo('https://other.example/', new Response())],
  ])('stays a long one if the answer to the replay %s', async ([, answer]) => {
    const { send, refresh, clock } = await setUp((path, token) =>
      path.endsWith('/never') || /-[13]$/.test(token) ? refusal() : answer(),
    );
    await send(`${API}/notes`);
    clock.nowMs += PAUSE_MS;
    await send(`${API}/never`);
    expect(refresh).toHaveBeenCalledTimes(2);
    clock.nowMs += PAUSE_MS;
    await send(`${API}/never`);

    expect(refresh).toHaveBeenCalledTimes(2);
  });

  test('is not made longer by a clock that is set back', async () => {
    const { send, refresh, clock } = await setUp(() => refusal());
    await send(`${API}/notes`);
    clock.nowMs -= 60 * 60_000;
    await send(`${API}/notes`);

    // The second one is due because the token now lives longer than it can.
    expect(refresh).toHaveBeenCalledTimes(3);
  });

  test('does not keep a token from being renewed before it expires', async () => {
    const { send, sent, refresh, clock } = await setUp(() => refusal());
    refresh.mockImplementation(async (tokens) => ({
      ...tokens,
      accessTokens: { '': issuedAt(clock.nowMs, `access-${refresh.mock.calls.length + 1}`, 15_000) },
    }));
    await send(`${API}/notes`);
    clock.nowMs += 14_000;
    await send(`${API}/notes`);

    expect(refresh).toHaveBeenCalledTimes(2);
    expect(sent).toEqual(['access-1', 'access-2', 'access-3']);
  });
});
