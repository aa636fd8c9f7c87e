import { describe, expect, test, vi } from 'vitest';
import type { Session } from '../../src/protocol/session.ts';
import type { TokenwardOptions } from '../../src/configuration/configuration.ts';
import { AuthorizationFlow } from '../../sw/navigation/authorization-flow.ts';
import { endpointFinder } from '../../sw/navigation/endpoints.ts';
import { PopupEnds } from '../../sw/navigation/popup-ends.ts';
import type { EmptyFragment } from '../../sw/navigation/return-to.ts';
import { prepareAuthorization } from '../../sw/oauth/authorization-request.ts';
import { exchangeAuthorizationCode } from '../../sw/oauth/authorization-response.ts';
import { promptAfterSignOut } from '../../sw/oauth/end-session.ts';
import { createPendingAuthorizations } from '../../sw/oauth/pending-authorization.ts';
import { TokenSession } from '../../sw/session/token-session.ts';
import { createMemoryVault } from '../../sw/vault/memory-vault.ts';
import type { Vault } from '../../sw/vault/vault.ts';
import {
  APP_ORIGIN,
  clientOf,
  createScriptedServer,
  ISSUER,
  type ScriptedServer,
  tokenResponse,
} from '../support/scripted-server.ts';

const CALLBACK = `${APP_ORIGIN}/auth/callback`;

/** The worker's endpoints in front of a server. A worker that was started `again` has the server and the vault of the one before. */
async function setUp(
  options: Partial<TokenwardOptions> = {},
  emptyFragment: EmptyFragment = 'kept',
  again?: { readonly server: ScriptedServer; readonly vault: Vault },
) {
  const { server, vault } = again ?? { server: await createScriptedServer(), vault: createMemoryVault() };
  const context = clientOf(server, options);
  const tellForeign = vi.fn();
  const session = new TokenSession({
    vault,
    refresh: () => Promise.reject(new Error()),
    revoke: async () => true,
    tellVersions: () => {},
    schedule: () => {},
    announce: () => {},
    isOnline: () => true,
    now: () => Date.now(),
    refreshBeforeExpiryMs: 10_000,
    isServerReachable: async () => true,
    leaseMs: 20_000,
  });
  const flow = new AuthorizationFlow({
    session,
    pendings: createPendingAuthorizations(vault, () => Date.now()),
    popups: new PopupEnds({ view: () => session.view(), tell: async () => {} }),
    delivery: context.configuration.responseDelivery,
    base: context.configuration.base,
    prepare: (request) => prepareAuthorization(context, request),
    exchange: (parameters, pending) => exchangeAuthorizationCode(context, parameters, pending),
    login: '/auth/login',
    allowed: context.configuration,
    tellForeign,
  });
  const find = endpointFinder({
    configuration: context.configuration,
    warn: () => {},
    origin: APP_ORIGIN,
    emptyFragment,
    session,
    flow,
    endSession: async () => undefined,
    promptAfterSignOut: () => promptAfterSignOut(context),
    verifyClaims: async () => undefined,
  });
  /** The worker's answer to a navigation. */
  const navigate = async (
    url: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response | undefined> => {
    // A Request of mode `navigate` cannot be made by script.
    const request = Object.defineProperties(new Request(url, { headers }), {
      mode: { value: 'navigate' },
      destination: { value: 'document' },
    });
    return find(new URL(url), request)?.('');
  };
  /** Returns the worker's answer to a POST navigation. */
  const post = async (url: string, body: BodyInit): Promise<Response | undefined> => {
    const request = Object.defineProperties(new Request(url, { method: 'POST', body }), {
      mode: { value: 'navigate' },
      destination: { value: 'document' },
    });
    return find(new URL(url), request)?.('');
  };
  const begin = async (): Promise<string> => {
    const url = await flow.request({ returnTo: '/notes?tab=2', scopes: ['openid'], parameters: {} });
    const nonce = url?.searchParams.get('nonce');
    server.answer('/token', async () => tokenResponse({ id_token: await server.idToken({ claims: { nonce } }) }));
    return url?.searchParams.get('state') ?? '';
  };
  const view = (): Promise<Session> => session.view();
  return { server, vault, navigate, post, begin, view, tellForeign };
}

describe('a browser that looks ahead', () => {
  test.for(['prefetch', 'prefetch;prerender'])('begins no sign-in and no sign-out: %s', async (purpose) => {
    const { navigate, view } = await setUp();

    for (const path of ['login', 'logout']) {
      const ahead = await navigate(`${APP_ORIGIN}/auth/${path}`, { 'sec-purpose': purpose });
      const asked = await navigate(`${APP_ORIGIN}/auth/${path}`);

      expect(ahead?.type).toBe('error');
      expect(asked?.status).toBe(303);
    }
    expect(await view()).not.toHaveProperty('lastError');
  });

  test('gets no code of a response past the worker', async () => {
    const { navigate, tellForeign } = await setUp();

    const answer = await navigate(`${CALLBACK}?code=x&state=y`, { 'sec-purpose': 'prefetch;prerender' });

    expect(answer?.headers.get('location')).toBe(`${APP_ORIGIN}/#/`);
    expect(tellForeign).toHaveBeenCalledOnce();
  });
});

describe('a token in a URL', () => {
  test.for<[what: string, parameters: Readonly<Record<string, string>>]>([
    ['an access token', { access_token: 'x', token_type: 'Bearer' }],
    ['an access token beside a code', { access_token: 'x', code: 'x' }],
    ['an ID token', { id_token: 'x' }],
  ])('is refused with an error that says why, in the query and in the fragment: %s', async ([, parameters]) => {
    for (const sign of ['?', '#']) {
      const { navigate, begin, view, server } = await setUp();
      const state = await begin();

      const answer = await navigate(`${CALLBACK}${sign}${new URLSearchParams({ ...parameters, state, iss: ISSUER })}`);

      expect(answer?.headers.get('location')).toBe(`${APP_ORIGIN}/notes?tab=2#`);
      expect(await view()).toMatchObject({
        lastError: {
          code: 'authorization_response_invalid',
          message: expect.stringMatching(/token.*RFC 9700.*Set "code"/s),
        },
      });
      expect(server.requestsTo('/token')).toEqual([]);
    }
  });
});

describe('a response to a request that was never made', () => {
  test('is reported, and does not change the session', async () => {
    const { navigate, begin, view, tellForeign } = await setUp();
    await navigate(`${CALLBACK}?${new URLSearchParams({ code: 'x', state: await begin(), iss: ISSUER })}`);
    expect(tellForeign).not.toHaveBeenCalled();

    await navigate(`${CALLBACK}?${new URLSearchParams({ code: 'x', state: 'made up', iss: ISSUER })}`);
    await navigate(`${CALLBACK}?error=login_required`);

    expect(tellForeign).toHaveBeenCalledTimes(2);
    expect(await view()).toMatchObject({
      status: 'signed-in',
      lastError: { code: 'authorization_response_invalid' },
    });
  });
});

describe('a response that comes again', () => {
  const locationsOf = (answers: readonly (Response | undefined)[]): (string | null | undefined)[] =>
    answers.map((answer) => answer?.headers.get('location'));

  test.for<[name: string, options: Partial<TokenwardOptions>]>([
    ['in a URL', {}],
    ['in a form', { responseMode: 'form_post' }],
  ])('while it is processed leads where the first leads, by one request for tokens: %s', async ([name, options]) => {
    const { server, navigate, post, begin, view } = await setUp(options);
    const response = new URLSearchParams({ code: 'x', state: await begin(), iss: ISSUER });
    const send = () => (name === 'in a form' ? post(CALLBACK, response) : navigate(`${CALLBACK}?${response}`));

    const answers = await Promise.all([send(), send(), send()]);

    expect(locationsOf(answers)).toEqual(Array.from({ length: 3 }, () => `${APP_ORIGIN}/notes?tab=2#`));
    expect(server.requestsTo('/token')).toHaveLength(1);
    expect(await view()).toMatchObject({ status: 'signed-in' });
  });

  test.for(['at once', 'one after the other'])(
    'to a worker that was stopped after the code was used leads to the same request each time: %s',
    async (order) => {
      const first = await setUp();
      const response = new URLSearchParams({ code: 'x', state: await first.begin(), iss: ISSUER });
      first.server.answer('/token', () => new Promise(() => {}));
      void first.navigate(`${CALLBACK}?${response}`);
      await expect.poll(() => first.server.requestsTo('/token')).toHaveLength(1);
      first.server.answer('/token', () => Response.json({ error: 'invalid_grant' }, { status: 400 }));
      const { navigate, view } = await setUp({}, 'kept', first);
      const send = () => navigate(`${CALLBACK}?${response}`);

      const answers = order === 'at once' ? await Promise.all([send(), send()]) : [await send(), await send()];

      const again = `${APP_ORIGIN}/auth/login?returnTo=%2Fnotes%3Ftab%3D2&scope=openid`;
      const expected = answers.map(() => expect.stringContaining(again));
      expect(locationsOf(answers)).toEqual(expected);
      expect(await view()).not.toHaveProperty('lastError');
    },
  );
});

describe('a link to the sign-in that the configuration does not allow', () => {
  test.for([
    'call-us.at/evil.example=1',
    'scope=call-us.at/evil.example',
    `call-us.at/evil.example=${'x'.repeat(2049)}`,
  ])('leads back with a message that repeats nothing of it: %s', async (query) => {
    const { navigate, view } = await setUp();

    const answer = await navigate(`${APP_ORIGIN}/auth/login?returnTo=/notes&${query}`);

    expect(answer?.headers.get('location')).toBe(`${APP_ORIGIN}/notes#`);
    const { lastError } = await view();
    expect(lastError).toMatchObject({ code: 'request_invalid', message: expect.stringMatching(/link.*Compare/) });
    expect(lastError?.message).not.toMatch(/call-us|evil/);
  });
});

describe('a browser that inherits a fragment over an empty one', () => {
  test('gets a document that no page can look into, and that goes on without a fragment', async () => {
    const { navigate, begin, view } = await setUp({}, 'overwritten');

    const answer = await navigate(
      `${CALLBACK}?${new URLSearchParams({ code: 'x', state: await begin(), iss: ISSUER })}`,
    );

    expect(answer?.status).toBe(200);
    expect(answer?.headers.get('content-security-policy')).toMatch(/^sandbox allow-scripts;default-src 'none';/);
    expect(await answer?.text()).toBe('<script>location.replace("/notes?tab=2")</script>');
    expect(await view()).toMatchObject({ status: 'signed-in' });
  });

  test("is redirected where the response is of a flow that is not the worker's, to a fragment that is not empty", async () => {
    const { navigate } = await setUp({}, 'overwritten');

    const answer = await navigate(`${CALLBACK}?code=x&state=y`);

    expect(answer?.headers.get('location')).toBe(`${APP_ORIGIN}/#/`);
  });
});

describe('a response in the fragment', () => {
  const IN_FRAGMENT = { responseMode: 'fragment' } as const;

  test('is taken where the browser shows it to the worker', async () => {
    const { navigate, begin, view } = await setUp(IN_FRAGMENT);
    const state = await begin();

    const answer = await navigate(`${CALLBACK}#${new URLSearchParams({ code: 'x', state, iss: ISSUER })}`);

    expect(answer?.headers.get('location')).toBe(`${APP_ORIGIN}/notes?tab=2#`);
    expect(await view()).toMatchObject({ status: 'signed-in' });
  });

  test('is sent on to the worker, where the browser does not, by a document that no page can look into', async () => {
    const { navigate, begin, view } = await setUp(IN_FRAGMENT);
    const state = await begin();

    const relay = await navigate(CALLBACK);
    expect(relay?.status).toBe(200);
    expect(relay?.headers.get('content-security-policy')).toMatch(/^sandbox allow-scripts;default-src 'none';/);
    expect(relay?.headers.get('referrer-policy')).toBe('no-referrer');
    expect(relay?.headers.get('cache-control')).toBe('no-store');
    expect(await relay?.text()).toContain('location.replace("?fragment&"+location.hash.slice(1))');
    await navigate(`${CALLBACK}?fragment&${new URLSearchParams({ code: 'x', state, iss: ISSUER })}`);

    expect(await view()).toMatchObject({ status: 'signed-in' });
  });

  test('is sent on once: a document without a fragment does not loop', async () => {
    const { navigate, view } = await setUp(IN_FRAGMENT);

    const answer = await navigate(`${CALLBACK}?fragment&`);

    expect(answer?.headers.get('location')).toBe(`${APP_ORIGIN}/#/`);
    expect(await view()).toMatchObject({ lastError: { code: 'authorization_response_invalid' } });
  });

  test('is not read if the configuration names the query', async () => {
    const { navigate } = await setUp();

    expect((await navigate(CALLBACK))?.status).toBe(303);
  });
});

describe.for<[name: string, options: Partial<TokenwardOptions>]>([
  ['an isolated callback', { redirectUri: 'https://signin.app.example/callback' }],
  ['an isolated callback and the fragment', { redirectUri: 'https://signin.app.example/', responseMode: 'fragment' }],
  ['responseMode form_post', { responseMode: 'form_post' }],
])('with %s, a response', ([, options]) => {
  test('is taken from the form of a POST navigation, and the redirect is a GET to a clean URL', async () => {
    const { post, begin, view, server } = await setUp(options);
    const state = await begin();

    const answer = await post(CALLBACK, new URLSearchParams({ code: 'x', state, iss: ISSUER }));

    expect(answer?.status).toBe(303);
    expect(answer?.headers.get('location')).toBe(`${APP_ORIGIN}/notes?tab=2#`);
    expect(await view()).toMatchObject({ status: 'signed-in' });
    const [exchange] = server.requestsTo('/token');
    expect(exchange?.form.get('redirect_uri')).toBe(options.redirectUri ?? CALLBACK);
  });

  test('that is an error ends the sign-in with the code of the server', async () => {
    const { post, begin, view } = await setUp(options);
    const state = await begin();

    await post(CALLBACK, new URLSearchParams({ error: 'login_required', state, iss: ISSUER }));

    expect(await view()).toMatchObject({ lastError: { serverCode: 'login_required' } });
  });

  test('in a URL is swallowed, is reported, and leaves the pending sign-in alone', async () => {
    for (const sign of ['?', '#']) {
      const { navigate, post, begin, view, server, tellForeign } = await setUp(options);
      const response = new URLSearchParams({ code: 'x', state: await begin(), iss: ISSUER });

      const answer = await navigate(`${CALLBACK}${sign}${response}`);

      expect(answer?.headers.get('location')).toBe(`${APP_ORIGIN}/#/`);
      expect(tellForeign).toHaveBeenCalledOnce();
      expect(server.requestsTo('/token')).toEqual([]);
      expect(await view()).toMatchObject({
        lastError: {
          code: 'authorization_response_invalid',
          message: expect.stringMatching(/in a url.*responseMode/s),
        },
      });
      await post(CALLBACK, response);
      expect(await view()).toMatchObject({ status: 'signed-in' });
    }
  });

  test.for<[what: string, body: (response: URLSearchParams) => BodyInit]>([
    ['a text', (response) => String(response)],
    [
      'a multipart form',
      (response) => {
        const form = new FormData();
        for (const [name, value] of response) form.set(name, value);
        return form;
      },
    ],
    ['a form of a megabyte', (response) => new URLSearchParams([...response, ['more', 'x'.repeat(1_048_576)]])],
    ['a form without a response', () => new URLSearchParams({ other: 'x' })],
  ])('is not read from %s', async ([, toBody]) => {
    const { post, begin, view, server } = await setUp(options);
    const response = new URLSearchParams({ code: 'x', state: await begin(), iss: ISSUER });

    const answer = await post(CALLBACK, toBody(response));

    expect(answer?.headers.get('location')).toBe(`${APP_ORIGIN}/#/`);
    expect(server.requestsTo('/token')).toEqual([]);
    expect(await view()).toMatchObject({ lastError: { code: 'authorization_response_invalid' } });
  });
});

test('a form is no response where the configuration expects the URL, and does not reach the server either', async () => {
  const { post, begin, view, server, tellForeign } = await setUp();
  const response = new URLSearchParams({ code: 'x', state: await begin(), iss: ISSUER });

  for (const url of [CALLBACK, `${CALLBACK}?other`]) {
    const answer = await post(url, response);
    expect(answer?.status).toBe(303);
  }

  expect(tellForeign).toHaveBeenCalledTimes(2);
  expect(server.requestsTo('/token')).toEqual([]);
  expect(await view()).toMatchObject({ status: 'signed-out' });
});
