import { beforeEach, describe, expect, test } from 'vitest';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { DEFAULT_TARGET } from '../../src/configuration/token-target.ts';
import { isTokenwardError } from '../../src/protocol/error.ts';
import { PolicyViolations, type PolicyViolation } from '../../sw/fetch/policy-violations.ts';
import { prepareAuthorization } from '../../sw/oauth/authorization-request.ts';
import { exchangeAuthorizationCode } from '../../sw/oauth/authorization-response.ts';
import { createOAuthContext } from '../../sw/oauth/authorization-server.ts';
import { refreshAccessToken } from '../../sw/oauth/refresh.ts';
import { explainUnreadable } from '../../sw/oauth/unreadable-response.ts';
import { requestUserInfo } from '../../sw/oauth/user-info.ts';
import { Token } from '../../sw/vault/token.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';
import {
  APP_ORIGIN,
  CLIENT_ID,
  createScriptedServer,
  ISSUER,
  type ScriptedServer,
  tokenResponse,
} from '../support/scripted-server.ts';

/** What stands between the worker and a path of the server. */
type Barrier = 'policy' | 'cors' | 'connection';

let server: ScriptedServer;
beforeEach(async () => {
  server = await createScriptedServer();
});

/** A worker whose network has barriers, as a browser has: each fails with the same error. */
function setUp({ isOnline = true, reports = true }: { isOnline?: boolean; reports?: boolean } = {}) {
  const barriers = new Map<string, Barrier>();
  const warnings: string[] = [];
  const probes: { url: string; init: RequestInit | undefined }[] = [];
  let violate: (violation: PolicyViolation) => void = () => {};
  const warn = (message: string): void => void warnings.push(message);
  const violations = new PolicyViolations({
    onPolicyViolation: (listener) => {
      violate = listener;
    },
    schedule: (act) => void setTimeout(act),
    warn,
  });
  const network: typeof fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const barrier = barriers.get(url.pathname);
    if (init?.mode === 'no-cors') {
      probes.push({ url: url.href, init });
      if (barrier === 'cors') return new Response();
    }
    if (barrier === 'policy' && reports) {
      const effectiveDirective = 'connect-src';
      violate({ blockedURI: url.href, disposition: 'enforce', effectiveDirective, originalPolicy: 'connect-src x' });
    }
    if (barrier) throw new TypeError('Failed to fetch');
    return server.send(input, init);
  };
  const explain = explainUnreadable({
    origin: APP_ORIGIN,
    isOnline: () => isOnline,
    isBlocked: (origin) => violations.isBlocked(origin),
    noteServer: (origin) => violations.noteServer(origin),
    probe: network,
    warn,
  });
  const connect = (dpop: 'off' | 'required' = 'off') =>
    createOAuthContext(
      parseConfiguration(
        { issuer: ISSUER, clientId: CLIENT_ID, dpop, protectedResources: [{ url: 'https://api.example/v1' }] },
        APP_ORIGIN,
      ),
      { send: explain(network), now: () => Date.now(), warn },
    );
  return { barriers, warnings, probes, network, explain, connect };
}

type World = ReturnType<typeof setUp>;

async function signIn({ connect }: World, dpop?: 'required'): Promise<unknown> {
  const context = connect(dpop);
  const { pending } = await prepareAuthorization(context, { returnTo: '/', scopes: ['openid'], parameters: {} });
  const { state, nonce } = pending;
  server.answer('/token', async () => tokenResponse({ id_token: await server.idToken({ claims: { nonce } }) }));
  return exchangeAuthorizationCode(context, new URLSearchParams({ code: 'secret', state, iss: ISSUER }), pending);
}

function askUserInfo({ connect, network, explain }: World): Promise<unknown> {
  return requestUserInfo(connect(), 'ada', (request) => {
    const authorized = new Request(request, { headers: { authorization: 'Bearer secret' } });
    return explain(network)(authorized);
  });
}

const STEPS: readonly [path: string, act: (world: World) => Promise<unknown>, code: string][] = [
  ['/.well-known/openid-configuration', signIn, 'issuer_unreachable'],
  ['/token', signIn, 'token_endpoint_unavailable'],
  ['/jwks', signIn, 'token_endpoint_unavailable'],
  ['/userinfo', askUserInfo, 'userinfo_unavailable'],
];

async function failureOf(attempt: Promise<unknown>): Promise<{ readonly code: string; readonly message: string }> {
  const error: unknown = await attempt.catch((reason: unknown) => reason);
  if (!isTokenwardError(error)) throw new Error('The attempt has succeeded.');
  expect(error.message).toMatch(WHAT_TO_DO);
  expect(error.message).not.toContain('secret');
  return error;
}

describe.for(STEPS)('an answer of %s that cannot be read', ([path, act, code]) => {
  test('because the policy of the worker script blocks it names the policy, the origin and the option', async () => {
    const world = setUp();
    world.barriers.set(path, 'policy');

    const error = await failureOf(act(world));

    expect(error.code).toBe(code);
    expect(error.message).toContain(`the policy of the worker script (connect-src) blocks ${ISSUER}`);
    expect(error.message).toContain('"authorizationServers" of tokenward/server');
    expect(error.message).not.toMatch(/Try again|Access-Control/);
    await failureOf(act(world));
    expect(world.warnings).toEqual([expect.stringMatching(/blocked https:\/\/as\.example\..*"authorizationServers"/)]);
  });

  test('because of CORS names the URL and the header', async () => {
    const world = setUp();
    world.barriers.set(path, 'cors');

    const error = await failureOf(act(world));

    expect(error.code).toBe(code);
    expect(error.message).toContain(`${ISSUER}${path} answers, but its CORS headers do not allow ${APP_ORIGIN}`);
    expect(error.message).toContain(`"Access-Control-Allow-Origin: ${APP_ORIGIN}"`);
    expect(error.message).not.toContain('authorizationServers');
    // The relay of the app's server passes on no other requests than these.
    expect(error.message.includes('set the option "relay"')).toBe(['/token', '/par'].includes(path));
    await failureOf(act(world));
    expect(world.warnings).toEqual([expect.stringContaining(`${ISSUER}${path} answers`)]);
  });

  test('for a reason that the browser does not report names all of them, and warns of none', async () => {
    const world = setUp({ reports: false });
    world.barriers.set(path, path === '/token' ? 'policy' : 'connection');

    const error = await failureOf(act(world));

    expect(error.code).toBe(code);
    expect(error.message).toMatch(/the browser does not say why.*Try again.*CORS.*"authorizationServers"/);
    expect(world.warnings).toEqual([]);
  });
});

describe('the request that tells whether a server answers', () => {
  test('holds no code, token, body, cookie, referrer or query', async () => {
    const world = setUp();
    world.barriers.set('/token', 'cors');
    server.metadata['token_endpoint'] = `${ISSUER}/token?tenant=secret`;

    await failureOf(signIn(world));

    expect(world.probes.map(({ url }) => url)).toEqual([`${ISSUER}/token`]);
    expect(world.probes[0]?.init).toEqual({
      mode: 'no-cors',
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: expect.any(AbortSignal),
    });
  });

  test('is not sent without a network', async () => {
    const world = setUp({ isOnline: false });
    world.barriers.set('/token', 'cors');

    expect((await failureOf(signIn(world))).code).toBe('token_endpoint_unavailable');
    expect(world.probes).toEqual([]);
  });

  test('is not sent if an answer of that URL was read before: the connection was lost', async () => {
    const world = setUp();
    const context = world.connect();
    server.answer('/token', () => tokenResponse());
    const tokens = {
      claims: { sub: 'ada' },
      scopes: ['openid'],
      accessTokens: {},
      dpopKey: undefined,
      refreshToken: new Token('refresh_token', 'secret'),
      idToken: new Token('id_token', 'id'),
    };
    await refreshAccessToken(context, tokens, DEFAULT_TARGET);
    world.barriers.set('/token', 'cors');

    const error = await failureOf(refreshAccessToken(context, tokens, DEFAULT_TARGET));

    expect(error.message).not.toContain('CORS');
    expect(world.probes).toEqual([]);
    expect(world.warnings).toEqual([]);
  });
});

test('a token request with a proof names the header that its preflight needs', async () => {
  const world = setUp();
  world.barriers.set('/token', 'cors');

  expect((await failureOf(signIn(world, 'required'))).message).toContain('"Access-Control-Allow-Headers: dpop"');
});

test('a UserInfo request names the header that its preflight needs', async () => {
  const world = setUp();
  world.barriers.set('/userinfo', 'cors');

  const { message } = await failureOf(askUserInfo(world));

  expect(message).toContain('"Access-Control-Allow-Headers: authorization"');
});
