import { beforeEach, describe, expect, test } from 'vitest';
import type { TokenwardOptions } from '../../src/configuration/configuration.ts';
import { isTokenwardError } from '../../src/protocol/error.ts';
import { prepareAuthorization } from '../../sw/oauth/authorization-request.ts';
import type { OAuthContext } from '../../sw/oauth/context.ts';
import { explainUnreadable } from '../../sw/oauth/unreadable-response.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';
import { APP_ORIGIN, clientOf, createScriptedServer, ISSUER, type ScriptedServer } from '../support/scripted-server.ts';

const WELL_KNOWN = '/.well-known/openid-configuration';
const PUSHED = Response.json.bind(null, { request_uri: 'urn:pushed:1', expires_in: 60 }, { status: 201 });

let server: ScriptedServer;
/** Paths whose answers the worker cannot read, each for its reason; the browser throws the same error for all. */
let barriers: Map<string, 'cors' | 'policy' | 'silence'>;
let warnings: string[];
let isOnline: boolean;
beforeEach(async () => {
  server = await createScriptedServer();
  server.metadata['pushed_authorization_request_endpoint'] = `${ISSUER}/par`;
  server.answer('/par', () => PUSHED());
  [barriers, warnings, isOnline] = [new Map([['/par', 'cors']]), [], true];
});

/** A worker behind the barriers of a browser, as the parts of the worker are put together. */
function connect(options: Partial<TokenwardOptions> = {}): OAuthContext {
  const warn = (message: string): void => void warnings.push(message);
  const network: typeof fetch = async (input, init) => {
    const barrier = barriers.get(new URL(input instanceof Request ? input.url : input).pathname);
    if (barrier === 'cors' && init?.mode === 'no-cors') return new Response();
    if (barrier === 'cors') await server.send(input, init);
    if (barrier) throw new TypeError('Failed to fetch');
    return server.send(input, init);
  };
  const explain = explainUnreadable({
    origin: APP_ORIGIN,
    isOnline: () => isOnline,
    isBlocked: async () => barriers.get('/par') === 'policy',
    noteServer: () => {},
    probe: network,
    warn,
  });
  return clientOf({ send: explain(network) }, options, warn);
}

/** The way that the request takes: `url`, `pushed`, or the code of the error. */
async function wayOf(context: OAuthContext): Promise<string> {
  try {
    const { url } = await prepareAuthorization(context, { returnTo: '/', scopes: ['openid'], parameters: {} });
    return url.searchParams.has('request_uri') ? 'pushed' : 'url';
  } catch (error) {
    if (!isTokenwardError(error)) throw error;
    expect(error.message).toMatch(WHAT_TO_DO);
    return error.code;
  }
}

function fallbacks(): readonly string[] {
  return warnings.filter((message) => message.includes('cannot be pushed'));
}

describe('an endpoint for pushed requests whose answers no browser can read', () => {
  test.for(['cors', 'policy', 'silence'] as const)(
    'because of %s does not stop a sign-in: the browser carries the whole request',
    async (barrier) => {
      barriers.set('/par', barrier);
      const { url } = await prepareAuthorization(connect(), { returnTo: '/', scopes: ['openid'], parameters: {} });

      expect(Object.fromEntries(url.searchParams)).toMatchObject({
        client_id: 'spa',
        response_type: 'code',
        code_challenge_method: 'S256',
        state: expect.stringMatching(/^[\w-]{43}$/),
        nonce: expect.stringMatching(/^[\w-]{43}$/),
      });
    },
  );

  test('is remembered, and named once in the console, with the option', async () => {
    const context = connect();

    expect(await wayOf(context)).toBe('url');
    expect(await wayOf(context)).toBe('url');

    expect(server.requestsTo('/par')).toHaveLength(1);
    expect(fallbacks()).toEqual([
      expect.stringMatching(/carries it in the URL.*"pushedAuthorizationRequests" to "off", or to "required"/),
    ]);
  });

  test('is tried again by a worker that has started anew: its server may have been corrected', async () => {
    expect(await wayOf(connect())).toBe('url');
    barriers.clear();

    expect(await wayOf(connect())).toBe('pushed');
  });

  test.for<[what: string, require: () => Partial<TokenwardOptions>]>([
    ['the configuration', () => ({ pushedAuthorizationRequests: 'required' })],
    [
      'the metadata',
      () => {
        server.metadata['require_pushed_authorization_requests'] = true;
        return {};
      },
    ],
    [
      'metadata in the configuration',
      () => ({ authorizationServer: { metadata: { require_pushed_authorization_requests: true } } }),
    ],
    [
      'the metadata, though the configuration says off',
      () => {
        server.metadata['require_pushed_authorization_requests'] = true;
        return { pushedAuthorizationRequests: 'off' };
      },
    ],
  ])('ends the sign-in where pushing is required by %s', async ([, require]) => {
    const context = connect(require());

    expect(await wayOf(context)).toBe('issuer_unreachable');
    expect(await wayOf(context)).toBe('issuer_unreachable');
    expect(fallbacks()).toEqual([]);
  });
});

describe('the request is not put into the URL', () => {
  test.for<[what: string, answer: () => Response, code: string]>([
    ['a refusal', () => Response.json({ error: 'invalid_request' }, { status: 400 }), 'authorization_refused'],
    ['401', () => new Response(null, { status: 401 }), 'authorization_refused'],
    ['404', () => new Response(null, { status: 404 }), 'issuer_invalid'],
    ['503', () => new Response(null, { status: 503 }), 'issuer_unreachable'],
    ['a redirect', () => new Response(null, { status: 307, headers: { location: '/elsewhere' } }), 'issuer_invalid'],
    ['a page', () => new Response('<p>', { headers: { 'content-type': 'text/html' } }), 'issuer_invalid'],
  ])('after %s, which is an answer', async ([, answer, code]) => {
    barriers.clear();
    server.answer('/par', answer);

    expect(await wayOf(connect())).toBe(code);
    expect(fallbacks()).toEqual([]);
  });

  test('after an earlier answer: an attacker who stops a push later does not change how the request goes', async () => {
    const context = connect();
    barriers.clear();
    server.answer('/par', () => new Response(null, { status: 503 }));
    expect(await wayOf(context)).toBe('issuer_unreachable');

    for (const barrier of ['cors', 'policy', 'silence'] as const) {
      barriers.set('/par', barrier);
      expect(await wayOf(context)).toBe('issuer_unreachable');
    }
    expect(fallbacks()).toEqual([]);
  });

  test('while there is no connection to the server at all', async () => {
    const context = connect();
    await context.metadata();
    barriers = new Map([
      ['/par', 'silence'],
      [WELL_KNOWN, 'silence'],
    ]);

    expect(await wayOf(context)).toBe('issuer_unreachable');
    barriers.clear();
    expect(await wayOf(context)).toBe('pushed');
  });

  test('while the browser has no network', async () => {
    isOnline = false;

    expect(await wayOf(connect())).toBe('issuer_unreachable');
  });

  test('after the time limit, within which the server may have taken the push', async () => {
    barriers.clear();
    server.answer('/par', () => new Promise(() => {}));

    expect(await wayOf(connect({ requestTimeoutMs: 100 }))).toBe('issuer_unreachable');
    expect(fallbacks()).toEqual([]);
  });
});
