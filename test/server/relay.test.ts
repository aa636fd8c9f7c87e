import { generateKeyPair, jwtVerify, decodeJwt } from 'jose';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { TokenwardOptions } from '../../src/configuration/configuration.ts';
import { RELAY_HEADER, type RelayIdentity } from '../../src/protocol/relay-proof.ts';
import type { RelayOptions } from '../../src/server/relay/relay-options.ts';
import type { Relay } from '../../src/server/relay/relay.ts';
import { RelayedRequests } from '../../sw/oauth/relay.ts';
import {
  CLIENT_SECRET,
  createRelayedServer,
  identityAt,
  relayedConfiguration,
  relayTo,
} from '../support/scripted-relay.ts';
import { APP_ORIGIN, ISSUER, type ScriptedServer, tokenResponse } from '../support/scripted-server.ts';

const ADDRESS = `${APP_ORIGIN}/auth/relay`;
const CODE = {
  client_id: 'spa',
  grant_type: 'authorization_code',
  code: 'the-code',
  redirect_uri: `${APP_ORIGIN}/auth/callback`,
  code_verifier: 'the-verifier',
};
const REFRESH = { client_id: 'spa', grant_type: 'refresh_token', refresh_token: 'the-refresh-token' };
const PUSHED = {
  client_id: 'spa',
  response_type: 'code',
  redirect_uri: `${APP_ORIGIN}/auth/callback`,
  state: 'the-state',
  code_challenge: 'the-challenge',
  code_challenge_method: 'S256',
  scope: 'openid',
};

let server: ScriptedServer;
let nowMs: number;
const log = vi.spyOn(console, 'error').mockImplementation(() => {});
beforeEach(async () => {
  log.mockClear();
  nowMs = 1_800_000_000_000;
  server = await createRelayedServer();
  server.answer('/token', () => tokenResponse());
});

/** A relay of the app, with the scripted server behind it. */
function start(options: RelayOptions = { clientSecret: CLIENT_SECRET }, more: Partial<TokenwardOptions> = {}): Relay {
  return relayTo(server, relayedConfiguration(more), { ...options, now: () => nowMs });
}

/** What a worker has sent, and got. */
interface Exchange {
  readonly sent: Request[];
  readonly received: Response[];
  readonly failure: unknown;
}

/** Sends a request as the worker does, through a network that may change it. */
async function ask(
  relay: Relay,
  endpoint: 'token' | 'revocation' | 'pushed',
  form: Record<string, string> | string[][],
  {
    identity,
    change = (request) => request,
    clockMs = nowMs,
    dpop,
  }: {
    identity?: RelayIdentity;
    change?: (request: Request) => Request;
    clockMs?: number;
    dpop?: string;
  } = {},
): Promise<Exchange> {
  const sent: Request[] = [];
  const received: Response[] = [];
  const requests = new RelayedRequests({
    address: ADDRESS,
    identity: identity ?? (await identityAt(relay)),
    now: () => clockMs,
    warn: () => {},
    updateWorker: () => {},
    send: async (input, init) => {
      const request = change(new Request(input, init));
      sent.push(request.clone());
      const response = await relay.answer(request);
      received.push(response.clone());
      return response;
    },
  });
  const init = { method: 'POST', body: new URLSearchParams(form), ...(dpop !== undefined && { headers: { dpop } }) };
  const failure: unknown = await requests.send(endpoint, init).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { sent, received, failure };
}

function outcomeOf({ received }: Exchange): readonly [number | undefined, string | null | undefined] {
  const last = received.at(-1);
  return [last?.status, last?.headers.get(RELAY_HEADER)];
}

function formTo(path: string): Record<string, string> {
  return Object.fromEntries(server.requestsTo(path)[0]?.form ?? []);
}

describe('a request of the worker', () => {
  test('for a code goes on with client_secret_basic, and with the parameters of the grant', async () => {
    const exchange = await ask(start(), 'token', CODE);

    expect(outcomeOf(exchange)).toEqual([200, 'answered']);
    expect(await exchange.received[0]?.json()).toEqual({
      access_token: 'access',
      token_type: 'Bearer',
      expires_in: 300,
    });
    const { client_id: _, ...parameters } = CODE;
    expect(formTo('/token')).toEqual(parameters);
    const [request] = server.requestsTo('/token');
    // RFC 6749, section 2.3.1: both are form-encoded before.
    const secret = CLIENT_SECRET.replaceAll('-', '%2D');
    expect(request?.headers.get('authorization')).toBe(`Basic ${btoa(`spa:${secret}`)}`);
    expect(request?.headers.get(RELAY_HEADER)).toBeNull();
  });

  test('for a refresh goes on with client_secret_post', async () => {
    await ask(start({ clientSecret: CLIENT_SECRET, authentication: 'client_secret_post' }), 'token', REFRESH);

    expect(formTo('/token')).toEqual({ ...REFRESH, client_secret: CLIENT_SECRET });
  });

  test('goes on with a secret that a function returns, such as one that expires', async () => {
    let count = 0;
    const relay = start({
      clientSecret: async () => `secret-${++count}`,
      authentication: 'client_secret_post',
      key: CLIENT_SECRET,
    });
    await ask(relay, 'token', REFRESH);
    await ask(relay, 'token', REFRESH);

    expect(server.requestsTo('/token').map(({ form }) => form.get('client_secret'))).toEqual(['secret-1', 'secret-2']);
  });

  test('goes on with private_key_jwt, signed by the key of the server', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    await ask(start({ privateKey, keyId: 'key-of-relay', key: CLIENT_SECRET }), 'token', REFRESH);

    const { client_assertion: assertion = '', client_assertion_type: type } = formTo('/token');
    expect(type).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    const { protectedHeader } = await jwtVerify(assertion, publicKey, { currentDate: new Date() });
    expect(protectedHeader.kid).toBe('key-of-relay');
    expect(decodeJwt(assertion)).toMatchObject({ iss: 'spa', sub: 'spa', aud: ISSUER });
  });

  test('of a public client goes on without authentication', async () => {
    await ask(start({ authentication: 'none', key: CLIENT_SECRET }), 'token', REFRESH);

    expect(formTo('/token')).toEqual(REFRESH);
    expect(server.requestsTo('/token')[0]?.headers.get('authorization')).toBeNull();
  });

  test('for a revocation and for a pushed request goes to the endpoint that the metadata name', async () => {
    const revocation = await ask(start(), 'revocation', {
      client_id: 'spa',
      token: 'the-token',
      token_type_hint: 'refresh_token',
    });
    const pushed = await ask(start(), 'pushed', PUSHED);

    expect([outcomeOf(revocation), outcomeOf(pushed)]).toEqual([
      [200, 'answered'],
      [201, 'answered'],
    ]);
    expect(formTo('/revoke')).toEqual({ token: 'the-token', token_type_hint: 'refresh_token' });
    expect(formTo('/push')).toEqual(PUSHED);
    for (const path of ['/revoke', '/push']) {
      expect(server.requestsTo(path)[0]?.headers.get('authorization')).toMatch(/^Basic /);
    }
  });

  test('goes on with several resources and its DPoP proof, and the nonce of the server comes back', async () => {
    server.answer('/token', () => tokenResponse({}, { headers: { 'dpop-nonce': 'nonce-1' } }));
    const form = [...Object.entries(REFRESH), ['resource', 'urn:a'], ['resource', 'urn:b']];
    const { received } = await ask(start(), 'token', form, { dpop: 'the.dpop.proof' });

    expect(server.requestsTo('/token')[0]?.headers.get('dpop')).toBe('the.dpop.proof');
    expect(server.requestsTo('/token')[0]?.form.getAll('resource')).toEqual(['urn:a', 'urn:b']);
    expect(received[0]?.headers.get('dpop-nonce')).toBe('nonce-1');
  });

  test('gets a refusal of the authorization server as it is, without its challenge', async () => {
    const headers = { 'www-authenticate': 'Basic realm="x"', 'set-cookie': 'a=b', 'access-control-allow-origin': '*' };
    server.answer('/token', () => Response.json({ error: 'invalid_grant' }, { status: 400, headers }));
    const exchange = await ask(start(), 'token', REFRESH);

    expect(outcomeOf(exchange)).toEqual([400, 'answered']);
    expect(await exchange.received[0]?.json()).toEqual({ error: 'invalid_grant' });
    for (const name of Object.keys(headers)) expect(exchange.received[0]?.headers.get(name)).toBeNull();
    expect(exchange.received[0]?.headers.get('content-security-policy')).toContain('sandbox');
    expect(exchange.received[0]?.headers.get('cache-control')).toBe('no-store');
  });
});

describe('the proof of a request', () => {
  test('is accepted by another process with the same key, which has never seen the worker', async () => {
    const identity = await identityAt(start());

    expect(outcomeOf(await ask(start(), 'token', REFRESH, { identity }))).toEqual([200, 'answered']);
  });

  const refusals: Record<string, (request: Request) => Request> = {
    'is missing': (request) => withHeaders(request, (headers) => headers.delete(RELAY_HEADER)),
    'is not a proof': (request) => withHeaders(request, (headers) => headers.set(RELAY_HEADER, 'x')),
    'has another MAC': (request) =>
      changeProof(request, 3, (mac) => mac.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))),
    'has another identity': (request) => changeProof(request, 0, () => '0'.repeat(32)),
    'has another time': (request) => changeProof(request, 1, (time) => String(Number(time) + 1)),
    'has another nonce': (request) => changeProof(request, 2, () => '0'.repeat(32)),
    'is of another endpoint': (request) => new Request(`${ADDRESS}/revocation`, request),
    'is of another DPoP proof': (request) => withHeaders(request, (headers) => headers.set('dpop', 'another')),
    'is of another body': (request) =>
      new Request(request.url, { method: 'POST', headers: request.headers, body: new URLSearchParams(CODE) }),
    'is of the same body and one byte more': (request) =>
      new Request(request.url, { method: 'POST', headers: request.headers, body: `${new URLSearchParams(REFRESH)}&` }),
  };
  for (const [name, change] of Object.entries(refusals)) {
    test(`is refused if it ${name}, and nothing goes on`, async () => {
      const exchange = await ask(start(), 'token', REFRESH, { change });

      expect(outcomeOf(exchange)).toEqual([401, 'refused']);
      expect(server.requests).toEqual([]);
    });
  }

  test('is refused under another key, client, issuer and address: an identity is of one relay', async () => {
    const identity = await identityAt(start());
    const others = [
      start({ clientSecret: 'another-secret-of-32-characters-' }),
      start(undefined, { clientId: 'another' }),
      start(undefined, { issuer: `${ISSUER}/tenant` }),
    ];
    for (const other of others) {
      expect(outcomeOf(await ask(other, 'token', REFRESH, { identity }))).toEqual([401, 'refused']);
    }
    const elsewhere = start(undefined, { endpointPath: '/app/auth' });
    const change = (request: Request): Request => new Request(request.url.replace('/auth/', '/app/auth/'), request);
    expect(outcomeOf(await ask(elsewhere, 'token', REFRESH, { identity, change }))).toEqual([401, 'refused']);
    expect(server.requests).toEqual([]);
  });

  test('is used once: the same request again is refused', async () => {
    const relay = start();
    const { sent } = await ask(relay, 'token', REFRESH);
    const again = sent.map((request) => request.clone());
    const responses = await Promise.all(again.map((request) => relay.answer(request)));

    expect(responses.map(({ status }) => status)).toEqual([401]);
    expect(server.requestsTo('/token')).toHaveLength(1);
  });

  test('is refused a minute after its time, by a process that has not seen it too', async () => {
    const { sent } = await ask(start(), 'token', REFRESH);
    const [replayed] = sent;
    if (replayed === undefined) throw new Error('Nothing was sent.');
    const elsewhere = start();
    nowMs += 60_001;
    const response = await elsewhere.answer(replayed);

    expect([response.status, response.headers.get(RELAY_HEADER)]).toEqual([401, 'stale']);
  });

  test('is remembered as long as it is valid, whatever the windows of the memory are', async () => {
    for (const [beginMs, laterMs] of [
      [0, 59_000],
      [119_000, 59_000],
      [60_000, 60_000],
      [119_999, 119_998],
    ] as const) {
      nowMs = 1_800_000_000_000;
      const relay = start();
      await ask(relay, 'token', REFRESH);
      nowMs += beginMs;
      // The clock of the worker is ahead, so that its proof is valid for longest.
      const { sent } = await ask(relay, 'token', REFRESH, { clockMs: nowMs + 59_999 });
      nowMs += laterMs;
      await ask(relay, 'token', REFRESH);
      const response = await relay.answer(sent[0] ?? new Request(ADDRESS));

      expect([response.status, response.headers.get(RELAY_HEADER)], `${beginMs} ${laterMs}`).toEqual([401, 'refused']);
    }
  });
});

describe('a worker whose clock is wrong', () => {
  for (const differenceMs of [-86_400_000, -61_000, 61_000, 365 * 86_400_000]) {
    test(`by ${differenceMs} ms learns the time of the server, and sends its request once more`, async () => {
      const exchange = await ask(start(), 'token', REFRESH, { clockMs: nowMs + differenceMs });

      expect(exchange.received.map(({ headers }) => headers.get(RELAY_HEADER))).toEqual(['stale', 'answered']);
      expect(exchange.failure).toBeUndefined();
      expect(server.requestsTo('/token')).toHaveLength(1);
    });
  }
});

describe('the relay', () => {
  test('forwards so many requests of one worker within two minutes, and those of others', async () => {
    const relay = start();
    const identity = await identityAt(relay);
    const outcomes = [];
    for (let number = 0; number < 122; number++)
      outcomes.push(outcomeOf(await ask(relay, 'token', REFRESH, { identity })));

    expect(outcomes.slice(0, 120).every(([status]) => status === 200)).toBe(true);
    expect(outcomes.slice(120)).toEqual([
      [429, 'limited'],
      [429, 'limited'],
    ]);
    expect(outcomeOf(await ask(relay, 'token', REFRESH))).toEqual([200, 'answered']);
    nowMs += 120_000;
    expect(outcomeOf(await ask(relay, 'token', REFRESH, { identity }))).toEqual([200, 'answered']);
  });

  test('reads no body without a proof, and none of more than 64 KiB', async () => {
    const relay = start();
    let read = 0;
    const endless = (): ReadableStream<Uint8Array> =>
      new ReadableStream(
        {
          pull: (controller) => {
            read += 1024;
            controller.enqueue(new Uint8Array(1024).fill(97));
          },
        },
        { highWaterMark: 0 },
      );
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const init = { method: 'POST', headers, duplex: 'half' } as const;
    const unproven = await relay.answer(new Request(`${ADDRESS}/token`, { ...init, body: endless() }));
    expect([unproven.status, read]).toEqual([401, 0]);

    const { sent } = await ask(relay, 'token', REFRESH);
    const proof = sent[0]?.headers.get(RELAY_HEADER) ?? '';
    const proven = { ...init, headers: { ...headers, [RELAY_HEADER]: proof } };
    const large = await relay.answer(new Request(`${ADDRESS}/token`, { ...proven, body: endless() }));
    expect([large.status, large.headers.get(RELAY_HEADER)]).toEqual([413, 'refused']);
    expect(read).toBeLessThanOrEqual(66_560);

    const announced = (request: Request): Request =>
      withHeaders(request, (fields) => fields.set('content-length', '65537'));
    expect(outcomeOf(await ask(relay, 'token', REFRESH, { change: announced }))).toEqual([413, 'refused']);
    expect(server.requestsTo('/token')).toHaveLength(1);
  });

  test.each([
    ['before the first byte', 0],
    ['after some bytes', 10],
    ['after more bytes than the first memory has', 5000],
  ])('refuses a body whose connection is cut %s, and logs nothing', async (_, bytes) => {
    const relay = start();
    const { sent } = await ask(relay, 'token', REFRESH);
    let isBegun = false;
    const cut = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (!isBegun && bytes > 0) controller.enqueue(new Uint8Array(bytes).fill(97));
        else controller.error(new Error('aborted'));
        isBegun = true;
      },
    });
    const [headers, url] = [sent[0]?.headers ?? {}, `${ADDRESS}/token`];
    const init = { method: 'POST', headers, body: cut, duplex: 'half' } as const;
    const response = await relay.answer(new Request(url, init));

    expect([response.status, response.headers.get(RELAY_HEADER)]).toEqual([400, 'refused']);
    expect(server.requestsTo('/token')).toHaveLength(1);
    expect(log).not.toHaveBeenCalled();
  });

  test('refuses other methods, types and paths', async () => {
    const relay = start();
    for (const method of ['GET', 'HEAD', 'PUT', 'OPTIONS']) {
      const response = await relay.answer(new Request(`${ADDRESS}/token`, { method }));
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    }
    const json = (request: Request): Request =>
      withHeaders(request, (headers) => headers.set('content-type', 'application/json'));
    expect(outcomeOf(await ask(relay, 'token', REFRESH, { change: json }))).toEqual([415, 'refused']);
    for (const path of ['/', '/introspection', '/token/', '/token/x', '/Token', '/%74oken']) {
      expect((await relay.answer(new Request(ADDRESS + path, { method: 'POST' }))).status).toBe(404);
    }
  });

  const unneeded: Record<string, readonly ['token' | 'revocation' | 'pushed', Record<string, string>]> = {
    'another grant': ['token', { ...REFRESH, grant_type: 'client_credentials' }],
    'the grant of a password': ['token', { ...REFRESH, grant_type: 'password', username: 'a', password: 'b' }],
    'a grant without a name': ['token', { ...REFRESH, grant_type: '' }],
    'another client': ['token', { ...REFRESH, client_id: 'another' }],
    'another redirect URI': ['token', { ...CODE, redirect_uri: 'https://evil.example/' }],
    'a code without a verifier': ['token', { ...CODE, code_verifier: '' }],
    'a secret': ['token', { ...REFRESH, client_secret: 'guess' }],
    'an assertion': ['token', { ...REFRESH, client_assertion: 'x', client_assertion_type: 'y' }],
    'a parameter of another grant': ['token', { ...REFRESH, code: 'x' }],
    'a revocation without a token': ['revocation', { client_id: 'spa' }],
    'a parameter that a revocation does not need': ['revocation', { token: 'x', scope: 'y' }],
    'a pushed request with a request object': ['pushed', { ...PUSHED, request: 'x' }],
    'a pushed request with another redirect URI': ['pushed', { ...PUSHED, redirect_uri: 'https://evil.example/' }],
    'a pushed request with another response type': ['pushed', { ...PUSHED, response_type: 'code token' }],
    'a pushed request without PKCE': ['pushed', { ...PUSHED, code_challenge: '' }],
    'a pushed request with a plain challenge': ['pushed', { ...PUSHED, code_challenge_method: 'plain' }],
    'a pushed request with a parameter that the configuration does not name': [
      'pushed',
      { ...PUSHED, acr_values: 'x' },
    ],
  };
  for (const [name, [endpoint, form]] of Object.entries(unneeded)) {
    test(`refuses ${name}, though its proof is valid`, async () => {
      expect(outcomeOf(await ask(start(), endpoint, form))).toEqual([400, 'refused']);
      expect(server.requests).toEqual([]);
    });
  }

  test('forwards the claims of a challenge in a pushed request, if a resource may ask for claims', async () => {
    const claims = JSON.stringify({ id_token: { acr: null } });
    const claimsFromChallenge = { id_token: ['acr'] };
    const relays = [start(), start(undefined, { protectedResources: [{ url: '/api', claimsFromChallenge }] })];
    const outcomes = [];
    for (const relay of relays) outcomes.push(outcomeOf(await ask(relay, 'pushed', { ...PUSHED, claims })));

    expect(outcomes).toEqual([
      [400, 'refused'],
      [201, 'answered'],
    ]);
    expect(formTo('/push')).toEqual({ ...PUSHED, claims });
  });

  test('refuses a parameter that comes twice', async () => {
    const form = [...Object.entries(REFRESH), ['refresh_token', 'another']];

    expect(outcomeOf(await ask(start(), 'token', form))).toEqual([400, 'refused']);
    expect(server.requests).toEqual([]);
  });

  test('pushes the parameters that the configuration names', async () => {
    const more = { authorizationParameters: { acr_values: 'x' }, parametersFromPage: ['ui_locales'] };
    const form = { ...PUSHED, acr_values: 'x', ui_locales: 'de' };

    expect(outcomeOf(await ask(start(undefined, more), 'pushed', form))).toEqual([201, 'answered']);
    expect(formTo('/push')).toEqual(form);
  });
});

describe('an authorization server that', () => {
  const failures: Record<string, readonly [() => Response, string]> = {
    'does not accept the secret': [() => Response.json({ error: 'invalid_client' }, { status: 401 }), 'client'],
    'says so with status 200, as some do': [() => Response.json({ error: 'bad_client_secret' }), 'client'],
    redirects: [() => Response.redirect('https://evil.example/token', 307), 'unreachable'],
    'cannot be reached': [
      () => {
        throw new TypeError('fetch failed');
      },
      'unreachable',
    ],
  };
  for (const [name, [answer, outcome]] of Object.entries(failures)) {
    test(`${name} ends no session: the worker may try again, and the log holds no secret`, async () => {
      server.answer('/token', answer);
      const exchange = await ask(start(), 'token', CODE);

      expect(outcomeOf(exchange)).toEqual([502, outcome]);
      expect(exchange.failure).toBeInstanceOf(TypeError);
      expect(log).toHaveBeenCalledOnce();
      const written = JSON.stringify([log.mock.calls, await exchange.received[0]?.text(), String(exchange.failure)]);
      for (const secret of [CLIENT_SECRET, btoa(CLIENT_SECRET), CODE.code, CODE.code_verifier]) {
        expect(written).not.toContain(secret);
      }
    });
  }

  test('names a token endpoint with a query gets the requests there', async () => {
    server.metadata['token_endpoint'] = `${ISSUER}/token?v=2`;
    await ask(start(), 'token', REFRESH);

    expect(server.requests.map(({ url }) => url)).toEqual([
      `${ISSUER}/.well-known/openid-configuration`,
      `${ISSUER}/token?v=2`,
    ]);
  });

  const metadata: Record<string, Record<string, unknown>> = {
    'names another issuer': { issuer: 'https://other.example' },
    'names no issuer': { issuer: undefined },
    'names no token endpoint': { token_endpoint: undefined },
    'names one without TLS': { token_endpoint: 'http://as.example/token' },
    'names one that is no URL': { token_endpoint: '/token' },
    'names one with user information': { token_endpoint: 'https://a:b@as.example/token' },
  };
  for (const [name, members] of Object.entries(metadata)) {
    test(`${name} gets no request`, async () => {
      Object.assign(server.metadata, members);

      expect(outcomeOf(await ask(start(), 'token', REFRESH))).toEqual([502, 'unreachable']);
      expect(server.requests.map(({ path }) => path)).toEqual(['/.well-known/openid-configuration']);
    });
  }

  test('publishes no metadata gets requests at the endpoints of the configuration, and none for metadata', async () => {
    const endpoints = {
      authorization_endpoint: `${ISSUER}/authorize`,
      token_endpoint: `${ISSUER}/token`,
      jwks_uri: `${ISSUER}/jwks`,
    };
    const relay = start(undefined, { authorizationServer: { metadata: endpoints } });

    expect(outcomeOf(await ask(relay, 'token', REFRESH))).toEqual([200, 'answered']);
    expect(server.requests.map(({ path }) => path)).toEqual(['/token']);
    expect(outcomeOf(await ask(relay, 'revocation', { token: 'x' }))).toEqual([502, 'unreachable']);
  });

  test('was down is asked for its metadata again; these are kept for an hour', async () => {
    const relay = start();
    let isDown = true;
    server.answer('/.well-known/openid-configuration', () =>
      isDown ? new Response(null, { status: 503 }) : Response.json(server.metadata),
    );
    expect(outcomeOf(await ask(relay, 'token', REFRESH))).toEqual([502, 'unreachable']);
    isDown = false;
    for (const laterMs of [0, 3_599_000, 2000]) {
      nowMs += laterMs;
      expect(outcomeOf(await ask(relay, 'token', REFRESH))).toEqual([200, 'answered']);
    }
    expect(server.requestsTo('/.well-known/openid-configuration')).toHaveLength(3);
  });
});

describe('the options of a relay', () => {
  const options: Record<string, readonly [object, string]> = {
    'without any': [{}, 'relay needs one of "clientSecret", "privateKey"'],
    'with a misspelt one': [{ clientsecret: CLIENT_SECRET }, 'There is no option "relay.clientsecret"'],
    'with an empty secret, as of an environment without it': [
      { clientSecret: '', key: CLIENT_SECRET },
      'relay.clientSecret must be',
    ],
    'with a secret that is no text': [{ clientSecret: 12, key: CLIENT_SECRET }, 'relay.clientSecret must be'],
    'with a short secret, which could be guessed': [
      { clientSecret: 'only-31-characters-are-in-here-' },
      'relay.key must be at least 32',
    ],
    'with a short key': [{ clientSecret: CLIENT_SECRET, key: 'short' }, 'relay.key must be at least 32'],
    'with a function and no key': [{ clientSecret: () => CLIENT_SECRET }, 'relay.key must be at least 32'],
    'with no authentication and no key': [{ authentication: 'none' }, 'relay.key must be at least 32'],
    'with no authentication and a secret': [
      { authentication: 'none', clientSecret: CLIENT_SECRET },
      'relay needs one of',
    ],
    'with an unknown authentication': [
      { authentication: 'tls', clientSecret: CLIENT_SECRET },
      'relay.authentication must be',
    ],
    'with the id of a key and a secret': [{ clientSecret: CLIENT_SECRET, keyId: 'x' }, 'relay.keyId goes with'],
  };
  for (const [name, [given, message]] of Object.entries(options)) {
    test(`${name} are refused, and the message holds no secret`, () => {
      expect(() => start(given)).toThrow(message);
      expect(() => start(given)).not.toThrow(CLIENT_SECRET);
    });
  }
});

function withHeaders(request: Request, change: (headers: Headers) => void): Request {
  const headers = new Headers(request.headers);
  change(headers);
  return new Request(request, { headers });
}

/** Changes one part of a proof: the identity, the time, the nonce or the MAC. */
function changeProof(request: Request, index: number, change: (part: string) => string): Request {
  return withHeaders(request, (headers) => {
    const parts = (headers.get(RELAY_HEADER) ?? '').split('.');
    headers.set(RELAY_HEADER, parts.map((part, at) => (at === index ? change(part) : part)).join('.'));
  });
}
