import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { endSessionUrl } from '../../sw/oauth/end-session.ts';
import { DEFAULT_TARGET } from '../../src/configuration/token-target.ts';
import { refreshAccessToken } from '../../sw/oauth/refresh.ts';
import { revokeTokens } from '../../sw/oauth/revocation.ts';
import type { TokenSet } from '../../sw/session/token-set.ts';
import { Token } from '../../sw/vault/token.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';
import {
  clientOf,
  createScriptedServer,
  ISSUER,
  type ScriptedServer,
  tokenResponse,
} from '../support/scripted-server.ts';

const OLD_ACCESS = {
  accessToken: new Token('access_token', 'old-access'),
  scopes: ['openid', 'notes:read'],
  expiresAtMs: 0,
  lifetimeMs: 300_000,
  isBound: false,
} as const;

const BEFORE: TokenSet = {
  claims: { sub: 'ada' },
  scopes: ['openid', 'notes:read'],
  accessTokens: { '': OLD_ACCESS },
  dpopKey: undefined,
  refreshToken: new Token('refresh_token', 'old-refresh'),
  idToken: new Token('id_token', 'old-id'),
};

let server: ScriptedServer;
beforeEach(async () => {
  server = await createScriptedServer();
});

function refresh(answer: () => Response): Promise<TokenSet> {
  server.answer('/token', answer);
  return refreshAccessToken(clientOf(server), BEFORE, DEFAULT_TARGET);
}

describe('a token response as real servers write it is accepted', () => {
  test.for(['Bearer', 'bearer', 'BEARER'])('with the token type in any case: %s', async (token_type) => {
    expect((await refresh(() => tokenResponse({ token_type }))).accessTokens['']?.accessToken.reveal()).toBe('access');
  });

  test('without a refresh token, where the server does not rotate: the old one stays', async () => {
    expect((await refresh(() => tokenResponse())).refreshToken?.reveal()).toBe('old-refresh');
  });

  test('with another refresh token, where it does', async () => {
    const { refreshToken } = await refresh(() => tokenResponse({ refresh_token: 'new-refresh' }));

    expect(refreshToken?.reveal()).toBe('new-refresh');
  });

  test('without scope: they stay; with scope: they are what was granted', async () => {
    const scopesOf = async (answer: () => Response): Promise<unknown> =>
      (await refresh(answer)).accessTokens['']?.scopes;

    expect(await scopesOf(() => tokenResponse())).toEqual(['openid', 'notes:read']);
    expect(await scopesOf(() => tokenResponse({ scope: ' openid  notes:write ' }))).toEqual(['openid', 'notes:write']);
  });

  test.for([{ expires_in: undefined }, { expires_in: '300' }])('with a lifetime that is %j', async (members) => {
    expect(await refresh(() => tokenResponse(members))).toMatchObject({
      accessTokens: { '': { lifetimeMs: 300_000 } },
    });
  });

  test('even if the metadata does not say that public clients and refresh tokens are supported', async () => {
    server.metadata['token_endpoint_auth_methods_supported'] = ['client_secret_basic', 'private_key_jwt'];
    server.metadata['grant_types_supported'] = ['authorization_code'];
    server.metadata['response_types_supported'] = undefined;
    server.metadata['scopes_supported'] = [];

    expect((await refresh(() => tokenResponse())).accessTokens['']?.accessToken.reveal()).toBe('access');
  });
});

describe('a refusal as real servers write it is one', () => {
  const json = (status: number, body: object) => (): Response => Response.json(body, { status });

  test.for<[what: string, answer: () => Response, serverCode: string | undefined]>([
    ['400 with an empty body and no content type', () => new Response(null, { status: 400 }), undefined],
    ['401 with an empty body', () => new Response(null, { status: 401 }), undefined],
    ['400 with plain text', () => new Response('Bad token', { status: 400 }), undefined],
    [
      '400 with JSON that is none',
      () => new Response('{', { status: 400, headers: { 'content-type': 'application/json' } }),
      undefined,
    ],
    ['400 invalid_grant', json(400, { error: 'invalid_grant' }), 'invalid_grant'],
    ['400 invalid_request', json(400, { error: 'invalid_request' }), 'invalid_request'],
    ['403 access_denied', json(403, { error: 'access_denied' }), 'access_denied'],
    ['401 invalid_client', json(401, { error: 'invalid_client' }), 'invalid_client'],
    [
      '401 with a malformed WWW-Authenticate',
      () => new Response(null, { status: 401, headers: { 'www-authenticate': ',,Basic realm="x, =' } }),
      undefined,
    ],
  ])('%s', async ([, answer, serverCode]) => {
    await expect(refresh(answer)).rejects.toMatchObject({
      code: 'token_request_refused',
      serverCode,
      retryable: false,
      message: expect.stringMatching(WHAT_TO_DO),
    });
  });
});

describe('a failure that is no refusal may pass', () => {
  test.for<[what: string, answer: () => Response, code: string]>([
    ['429', () => new Response(null, { status: 429 }), 'token_endpoint_unavailable'],
    ['500', () => new Response(null, { status: 500 }), 'token_endpoint_unavailable'],
    [
      '503 with invalid_grant in it',
      () => Response.json({ error: 'invalid_grant' }, { status: 503 }),
      'token_endpoint_unavailable',
    ],
    ['400 server_error', () => Response.json({ error: 'server_error' }, { status: 400 }), 'token_endpoint_unavailable'],
    [
      '400 temporarily_unavailable',
      () => Response.json({ error: 'temporarily_unavailable' }, { status: 400 }),
      'token_endpoint_unavailable',
    ],
    ['400 slow_down', () => Response.json({ error: 'slow_down' }, { status: 400 }), 'token_endpoint_unavailable'],
    [
      'nothing: there is no connection',
      () => {
        throw new TypeError('Failed to fetch');
      },
      'token_endpoint_unavailable',
    ],
    [
      'nothing in time',
      () => {
        throw new DOMException('', 'TimeoutError');
      },
      'token_endpoint_unavailable',
    ],
    [
      '400 with a page of a proxy',
      () => new Response('<p>', { status: 400, headers: { 'content-type': 'text/html' } }),
      'token_response_invalid',
    ],
    [
      'the page of a captive portal',
      () => new Response('<p>', { headers: { 'content-type': 'text/html' } }),
      'token_response_invalid',
    ],
    ['404', () => new Response(null, { status: 404 }), 'token_response_invalid'],
    ['a token of another type', () => tokenResponse({ token_type: 'mac' }), 'token_response_invalid'],
    ['no access token', () => Response.json({ token_type: 'Bearer' }), 'token_response_invalid'],
    ['an access token with a line break', () => tokenResponse({ access_token: 'a\nb' }), 'token_response_invalid'],
    ['an access token with a space', () => tokenResponse({ access_token: 'a b' }), 'token_response_invalid'],
    ['an access token beyond ASCII', () => tokenResponse({ access_token: 'tokén' }), 'token_response_invalid'],
    ['an access token with a zero', () => tokenResponse({ access_token: 'a\0' }), 'token_response_invalid'],
  ])('%s', async ([, answer, code]) => {
    await expect(refresh(answer)).rejects.toMatchObject({ code, message: expect.stringMatching(WHAT_TO_DO) });
  });

  test('and says when to ask again, where the server says so', async () => {
    const busy = (): Response => new Response(null, { status: 429, headers: { 'retry-after': '120' } });

    await expect(refresh(busy)).rejects.toMatchObject({ retryAfter: '120' });
  });
});

describe('sign-out at the server', () => {
  test('revokes refresh token and access token, each by its kind', async () => {
    server.answer('/revoke', () => new Response());

    expect(await revokeTokens(clientOf(server), BEFORE)).toBe(true);

    expect(server.requestsTo('/revoke').map(({ form }) => Object.fromEntries(form))).toEqual([
      { token: 'old-refresh', token_type_hint: 'refresh_token', client_id: 'spa' },
      { token: 'old-access', token_type_hint: 'access_token', client_id: 'spa' },
    ]);
  });

  test('asks for the access tokens when the refresh token is revoked, and not before', async () => {
    const other = { ...OLD_ACCESS, accessToken: new Token('access_token', 'other-access') };
    const seen: string[] = [];
    let askForBoth = (): void => {};
    const askedForBoth = new Promise<void>((resolve) => (askForBoth = resolve));
    server.answer('/revoke', async ({ form }) => {
      const token = form.get('token');
      seen.push(`asked for ${token}`);
      if (token === 'other-access') askForBoth();
      await (token === 'old-refresh' ? turn() : askedForBoth);
      seen.push(`revoked ${token}`);
      return new Response();
    });

    const tokens = { ...BEFORE, accessTokens: { ...BEFORE.accessTokens, other } };
    expect(await revokeTokens(clientOf(server), tokens)).toBe(true);

    expect(seen).toEqual([
      'asked for old-refresh',
      'revoked old-refresh',
      'asked for old-access',
      'asked for other-access',
      'revoked old-access',
      'revoked other-access',
    ]);
  });

  test('tries the access tokens though the server fails at the refresh token, and is open', async () => {
    server.answer(
      '/revoke',
      ({ form }) => new Response(null, { status: form.get('token') === 'old-refresh' ? 500 : 200 }),
    );

    expect(await revokeTokens(clientOf(server), BEFORE)).toBe(false);

    expect(server.requestsTo('/revoke')).toHaveLength(2);
  });

  test('does not wait for a second request where the first gets no answer', async () => {
    server.answer('/revoke', () => {
      throw new TypeError('Failed to fetch');
    });

    expect(await revokeTokens(clientOf(server), BEFORE)).toBe(false);

    expect(server.requestsTo('/revoke')).toHaveLength(1);
  });

  test('succeeds at a server that has no revocation endpoint', async () => {
    server.metadata['revocation_endpoint'] = undefined;

    expect(await revokeTokens(clientOf(server), BEFORE)).toBe(true);

    expect(server.requests.map(({ path }) => path)).toEqual(['/.well-known/openid-configuration']);
  });

  test.for<[what: string, answer: () => Response, isAnswered: boolean]>([
    ['503', () => new Response(null, { status: 503 }), false],
    ['500', () => new Response(null, { status: 500 }), false],
    ['429', () => new Response(null, { status: 429 }), false],
    ['400', () => Response.json({ error: 'unsupported_token_type' }, { status: 400 }), true],
    ['401', () => Response.json({ error: 'invalid_client' }, { status: 401 }), true],
    [
      'no connection',
      () => {
        throw new TypeError('Failed to fetch');
      },
      false,
    ],
  ])('says whether the server has decided: %s', async ([, answer, isAnswered]) => {
    server.answer('/revoke', answer);

    expect(await revokeTokens(clientOf(server), BEFORE)).toBe(isAnswered);
  });

  test('is open while the server’s metadata cannot be read', async () => {
    server.answer('/.well-known/openid-configuration', () => new Response(null, { status: 503 }));

    expect(await revokeTokens(clientOf(server), BEFORE)).toBe(false);
  });

  test('continues in the browser, with the ID token as a hint', async () => {
    const url = await endSessionUrl(clientOf(server), BEFORE.idToken);

    expect(Object.fromEntries(url?.searchParams ?? [])).toEqual({
      id_token_hint: 'old-id',
      client_id: 'spa',
      post_logout_redirect_uri: 'https://app.example/',
    });
  });

  test.for([7000, 9000, 300_000])('without that hint if it is too long for a URL: %d characters', async (length) => {
    const url = await endSessionUrl(clientOf(server), new Token('id_token', 'x'.repeat(length)));

    expect(url?.searchParams.has('id_token_hint')).toBe(length < 8000);
    expect(url?.href.length).toBeLessThan(8000);
    expect(url?.searchParams.get('client_id')).toBe('spa');
    expect(url?.searchParams.get('post_logout_redirect_uri')).toBe('https://app.example/');
  });

  test.for([undefined, 'javascript:alert(1)', 'http://as.example/logout'])(
    'does not go there where the metadata name %s',
    async (endpoint) => {
      server.metadata['end_session_endpoint'] = endpoint;

      expect(await endSessionUrl(clientOf(server), BEFORE.idToken)).toBeUndefined();
    },
  );
});

describe('the time limit', () => {
  const LIMIT_MS = 1000;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      const limit = new AbortController();
      setTimeout(() => limit.abort(new DOMException('The time limit.', 'TimeoutError')), ms);
      return limit.signal;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  /** Answers a path once a part of the time limit has passed. */
  const answerAfter = (part: number, path: string, answer: () => Response): void =>
    server.answer(path, async () => {
      await turn();
      vi.advanceTimersByTime(part * LIMIT_MS);
      await turn();
      return answer();
    });
  const before: TokenSet = { ...BEFORE, claims: { sub: 'ada', iss: ISSUER } };
  const refreshInTime = (): Promise<TokenSet> =>
    refreshAccessToken(clientOf(server, { requestTimeoutMs: LIMIT_MS }), before, DEFAULT_TARGET);

  test('is one for the metadata and the tokens', async () => {
    answerAfter(0.9, '/.well-known/openid-configuration', () => Response.json(server.metadata));
    answerAfter(0.2, '/token', () => tokenResponse());

    await expect(refreshInTime()).rejects.toMatchObject({ code: 'token_endpoint_unavailable' });
    expect(server.requestsTo('/token')).toHaveLength(1);
  });

  test('is one for the tokens and the keys, and loses no refresh token', async () => {
    const id_token = await server.idToken();
    answerAfter(0.9, '/token', () => tokenResponse({ id_token, refresh_token: 'new-refresh' }));
    answerAfter(0.2, '/jwks', () => Response.json({ keys: server.keys.map(({ publicJwk }) => publicJwk) }));

    const tokens = await refreshInTime();

    expect(tokens.refreshToken?.reveal()).toBe('new-refresh');
    expect(tokens.idToken).toBe(BEFORE.idToken);
    expect(server.requestsTo('/jwks')).toHaveLength(1);
  });

  test('does not end what is answered within it', async () => {
    const id_token = await server.idToken();
    answerAfter(0.3, '/.well-known/openid-configuration', () => Response.json(server.metadata));
    answerAfter(0.3, '/token', () => tokenResponse({ id_token }));
    answerAfter(0.3, '/jwks', () => Response.json({ keys: server.keys.map(({ publicJwk }) => publicJwk) }));

    expect((await refreshInTime()).idToken?.reveal()).toBe(id_token);
  });
});
