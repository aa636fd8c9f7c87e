import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AccessChallenge } from '../../src/protocol/access-challenge.ts';
import type { ProtectedResourceOptions } from '../../src/configuration/configuration.ts';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import type { Access } from '../../sw/fetch/access.ts';
import { sendAuthenticated } from '../../sw/fetch/handler.ts';
import { createRecentNeedles, type RecentNeedles } from '../../sw/fetch/reflection.ts';

const URL_OF_API = 'https://api.example/v1';
const INVALID_TOKEN = 'Bearer error="invalid_token"';
const NONCE_WANTED = 'DPoP error="use_dpop_nonce"';

/** What the network answers to one request. */
interface NetworkAnswer {
  readonly status?: number;
  readonly challenge?: string;
  readonly body?: string;
  /** Where it comes from, if the request was redirected. */
  readonly url?: string;
}

/** A response as the network gives it: it has a URL, and says whether it was redirected. */
function responseOf({ status = 200, challenge, url, body = 'answer' }: NetworkAnswer, requested: string): Response {
  const headers = challenge === undefined ? {} : { 'www-authenticate': challenge };
  const response = new Response(body, { status, headers });
  Object.defineProperties(response, { url: { value: url ?? requested }, redirected: { value: url !== undefined } });
  return response;
}

/** Sends one request by one resource; the network gives one answer after the other. */
async function sendBy(
  options: Partial<ProtectedResourceOptions>,
  answers: readonly NetworkAnswer[],
  {
    path = '/notes?page=2',
    recentNeedles = createRecentNeedles(() => 0),
    waitMs = 0,
    isAbandoned = async () => false,
    ...init
  }: RequestInit & {
    path?: string;
    recentNeedles?: RecentNeedles;
    /** Time that each access token takes. */
    waitMs?: number;
    isAbandoned?: () => Promise<boolean>;
  } = {},
) {
  const [resource] = parseConfiguration(
    { issuer: 'https://as.example', clientId: 'spa', protectedResources: [{ url: URL_OF_API, ...options }] },
    'https://app.example',
  ).protectedResources;
  if (!resource) throw new Error('There is no resource.');
  const accessOf = (generation: number): Access => ({
    authorize: () => ({ authorization: `Bearer access-${generation}` }),
    observe: (_, { headers }) => headers.get('www-authenticate') === NONCE_WANTED,
  });
  let nowMs = 0;
  const accessAfterWait = async (generation: number): Promise<Access> => {
    nowMs += waitMs;
    return accessOf(generation);
  };
  const source = {
    fresh: vi.fn(() => accessAfterWait(1)),
    freshAfter: vi.fn(() => accessAfterWait(2)),
    noteOutcome: vi.fn(),
  };
  const sent: { authorization: string | null; body: string; redirect: RequestRedirect }[] = [];
  const ranges: (string | null)[] = [];
  const cacheModes: RequestCache[] = [];
  const challenges: AccessChallenge[] = [];
  const reflections: string[] = [];
  const left = [...answers];
  const response = await sendAuthenticated(new Request(`${URL_OF_API}${path}`, init), resource, {
    source,
    send: async (input) => {
      if (!(input instanceof Request)) throw new TypeError('A request was expected.');
      const { redirect, headers, cache } = input;
      ranges.push(headers.get('range'));
      cacheModes.push(cache);
      sent.push({ authorization: headers.get('authorization'), body: await input.text(), redirect });
      return responseOf(left.shift() ?? {}, input.url);
    },
    tell: (challenge) => challenges.push(challenge),
    tellReflection: (url) => reflections.push(url),
    recentNeedles,
    now: () => nowMs,
    isAbandoned,
  });
  return { response, sent, ranges, cacheModes, challenges, reflections, source };
}

describe('a request to a resource whose answers are for one user', () => {
  test('goes past the HTTP cache with the token, each time that it is sent', async () => {
    const refused = { status: 401, challenge: INVALID_TOKEN };

    expect((await sendBy({ cache: 'no-store' }, [refused])).cacheModes).toEqual(['no-store', 'no-store']);
    expect((await sendBy({ cache: 'no-store' }, [], { cache: 'force-cache' })).cacheModes).toEqual(['no-store']);
  });

  test('is answered so that no page keeps the answer in its memory', async () => {
    const { response } = await sendBy({ cache: 'no-store' }, [{ body: 'mine' }]);

    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toBe('mine');
  });

  test('goes as the page has sent it by default', async () => {
    expect((await sendBy({}, [], { cache: 'force-cache' })).cacheModes).toEqual(['force-cache']);
  });
});

describe('a request whose sender goes away', () => {
  const isAbandoned = async (): Promise<boolean> => true;

  test('is not sent after a wait for a token', async () => {
    const { response, sent } = await sendBy({}, [], { waitMs: 1000, isAbandoned, method: 'POST', body: 'x' });

    expect(sent).toEqual([]);
    expect(response.type).toBe('error');
  });

  test('is sent if there was no wait, without a question to the browser', async () => {
    const isAsked = vi.fn(isAbandoned);

    expect((await sendBy({}, [], { isAbandoned: isAsked })).sent).toHaveLength(1);
    expect(isAsked).not.toHaveBeenCalled();
  });

  test('is not sent once more', async () => {
    const { response, sent } = await sendBy({}, [{ status: 401, challenge: INVALID_TOKEN }], { isAbandoned });

    expect(sent).toHaveLength(1);
    expect(response.status).toBe(401);
  });

  test('is not sent either if the browser tells of an abort', async () => {
    const signal = AbortSignal.abort();

    expect((await sendBy({}, [], { waitMs: 1000, signal })).sent).toEqual([]);
    expect((await sendBy({}, [{ status: 401, challenge: INVALID_TOKEN }], { signal })).sent).toHaveLength(1);
  });
});

describe('a request whose token is refused as invalid', () => {
  test('is sent once more, with the next token and the same body', async () => {
    const { response, sent } = await sendBy({}, [{ status: 401, challenge: INVALID_TOKEN }], {
      method: 'POST',
      body: 'once more',
    });

    expect(response.status).toBe(200);
    expect(sent).toEqual([
      { authorization: 'Bearer access-1', body: 'once more', redirect: 'follow' },
      { authorization: 'Bearer access-2', body: 'once more', redirect: 'follow' },
    ]);
  });

  test('is not sent a third time', async () => {
    const refusal = { status: 401, challenge: INVALID_TOKEN };
    const { response, sent, source } = await sendBy({}, [refusal, refusal]);

    expect(response.status).toBe(401);
    expect(sent).toHaveLength(2);
    expect(source.freshAfter).toHaveBeenCalledOnce();
  });

  test.for<[bytes: number, limit: number, status: number]>([
    [10, 10, 200],
    [11, 10, 401],
    [1, 0, 401],
    [2 ** 20, 2 ** 20, 200],
    [2 ** 20 + 1, 2 ** 20, 401],
  ])(
    'and whose body has %i bytes where %i are kept gets %i, the body is whole, and the next request has a new token',
    async ([bytes, replayLimitBytes, status]) => {
      const body = 'x'.repeat(bytes);
      const refusal = { status: 401, challenge: INVALID_TOKEN };
      const { response, sent, source } = await sendBy({ replayLimitBytes }, [refusal], { method: 'PUT', body });

      expect(response.status).toBe(status);
      expect(await response.text()).toBe('answer');
      expect(sent.every((request) => request.body === body)).toBe(true);
      expect(source.freshAfter).toHaveBeenCalledOnce();
    },
  );

  test('is sent once more without a body whatever the limit is', async () => {
    const { response } = await sendBy({ replayLimitBytes: 0 }, [{ status: 401, challenge: INVALID_TOKEN }]);

    expect(response.status).toBe(200);
  });
});

describe('an engine that does not show the stream of a body', () => {
  const init = { method: 'POST', body: 'once more' };
  const shown = Object.getOwnPropertyDescriptor(Request.prototype, 'body') ?? {};
  beforeEach(() => void Object.defineProperty(Request.prototype, 'body', { get: () => undefined, configurable: true }));
  afterEach(() => void Object.defineProperty(Request.prototype, 'body', shown));

  test.for<[limit: number, status: number]>([
    [9, 200],
    [8, 401],
    [0, 401],
  ])('has a body of nine bytes replayed, or not, where %i are kept: %i', async ([replayLimitBytes, status]) => {
    const { response, sent } = await sendBy({ replayLimitBytes }, [{ status: 401, challenge: INVALID_TOKEN }], init);

    expect(response.status).toBe(status);
    expect(sent.every(({ body }) => body === 'once more')).toBe(true);
  });

  test('has it replayed for both reasons', async () => {
    const refusals = [NONCE_WANTED, INVALID_TOKEN].map((challenge) => ({ status: 401, challenge }));
    const { response, sent } = await sendBy({}, refusals, init);

    expect(response.status).toBe(200);
    expect(sent.map(({ body }) => body)).toEqual(['once more', 'once more', 'once more']);
  });

  test('has a request without one replayed', async () => {
    const { response } = await sendBy({ replayLimitBytes: 0 }, [{ status: 401, challenge: INVALID_TOKEN }]);

    expect(response.status).toBe(200);
  });
});

describe('a body that is longer than the kept part', () => {
  test('is read on only as the network takes it', async () => {
    const chunk = new Uint8Array(1000);
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          pulled += 1;
          if (pulled === 10_000) controller.close();
          else controller.enqueue(chunk);
        },
      },
      { highWaterMark: 0 },
    );
    const [resource] = parseConfiguration(
      {
        issuer: 'https://as.example',
        clientId: 'spa',
        protectedResources: [{ url: URL_OF_API, replayLimitBytes: 5000 }],
      },
      'https://app.example',
    ).protectedResources;
    if (!resource) throw new Error('There is no resource.');
    const init = { method: 'POST', body, duplex: 'half' } as const;

    await sendAuthenticated(new Request(URL_OF_API, init), resource, {
      source: {
        fresh: async () => ({ authorize: () => ({ authorization: 'Bearer a' }), observe: () => false }),
        freshAfter: async () => undefined,
        noteOutcome: () => {},
      },
      send: async (input) => {
        const reader = input instanceof Request ? input.body?.getReader() : undefined;
        for (let count = 0; count < 20; count += 1) await reader?.read();
        return new Response();
      },
      tell: () => {},
      tellReflection: () => {},
      recentNeedles: createRecentNeedles(() => Date.now()),
      now: () => Date.now(),
      isAbandoned: async () => false,
    });

    expect(pulled).toBeLessThan(40);
  });
});

describe('a response from another URL, after a redirect,', () => {
  const elsewhere = { url: 'https://cdn.example/notes' };
  const beside = { url: 'https://api.example/echo' };
  const within = { url: 'https://api.example/v1/other' };

  test('that refuses a token does not concern ours', async () => {
    for (const place of [elsewhere, beside]) {
      const { response, source } = await sendBy({}, [{ status: 401, challenge: INVALID_TOKEN, ...place }]);

      expect(response.status).toBe(401);
      expect(source.freshAfter).not.toHaveBeenCalled();
    }
  });

  test('that requests more scopes is not reported', async () => {
    const challenge = 'Bearer error="insufficient_scope", scope="admin"';
    const { challenges } = await sendBy({}, [{ status: 403, challenge, ...elsewhere }]);

    expect(challenges).toEqual([]);
  });

  test.for<[redirects: 'follow' | 'covered' | 'error', outcomes: readonly string[]]>([
    ['follow', ['basic', 'basic', 'basic']],
    ['covered', ['error', 'error', 'basic']],
  ])('is given to the page or not by the policy %s', async ([redirects, outcomes]) => {
    const types: string[] = [];
    for (const place of [elsewhere, beside, within]) {
      const { response } = await sendBy({ redirects }, [place]);
      types.push(response.type === 'error' ? 'error' : 'basic');
    }

    expect(types).toEqual(outcomes);
  });

  test('cannot come where redirects are an error', async () => {
    const { sent } = await sendBy({ redirects: 'error' }, []);
    const { sent: manual } = await sendBy({ redirects: 'error' }, [], { redirect: 'manual' });

    expect([...sent, ...manual].map(({ redirect }) => redirect)).toEqual(['error', 'manual']);
  });
});

describe('an Authorization header of the page’s own', () => {
  const headers = { authorization: 'Basic YTpi' };

  test('is replaced where the configuration says so', async () => {
    const { sent } = await sendBy({ ownAuthorization: 'replace' }, [], { headers });

    expect(sent.map(({ authorization }) => authorization)).toEqual(['Bearer access-1']);
  });

  test('is refused where the configuration says so, and nothing is sent', async () => {
    const { response, sent } = await sendBy({ ownAuthorization: 'reject' }, [], { headers });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'own_authorization', status: 400 });
    expect(sent).toEqual([]);
  });
});

describe('a challenge for more than a valid token', () => {
  test.for<[status: number, challenge: string, told: object]>([
    [
      403,
      'Bearer realm="notes", error="insufficient_scope", scope="notes:read notes:write"',
      { error: 'insufficient_scope', scopes: ['notes:read', 'notes:write'] },
    ],
    [403, 'DPoP error="insufficient_scope"', { error: 'insufficient_scope' }],
    [
      401,
      'Bearer error="insufficient_user_authentication", acr_values="urn:mfa urn:otp", max_age="300"',
      { error: 'insufficient_user_authentication', acrValues: ['urn:mfa', 'urn:otp'], maxAge: 300 },
    ],
    [
      401,
      'Bearer error="insufficient_user_authentication", max_age=0, scope="a"',
      { error: 'insufficient_user_authentication', maxAge: 0, scopes: ['a'] },
    ],
    [
      401,
      'Bearer error="insufficient_user_authentication", acr_values="a\\"b", max_age="-1", scope="<b>\tx"',
      { error: 'insufficient_user_authentication' },
    ],
    [
      401,
      'Bearer error="insufficient_user_authentication", max_age="99999999999"',
      { error: 'insufficient_user_authentication' },
    ],
  ])('of %i and %s is reported, and the response passed on', async ([status, challenge, told]) => {
    const { response, challenges, sent, source } = await sendBy({}, [{ status, challenge }], { method: 'DELETE' });

    expect(challenges).toEqual([{ ...told, url: `${URL_OF_API}/notes`, method: 'DELETE' }]);
    expect(response.status).toBe(status);
    expect(await response.text()).toBe('answer');
    expect(sent).toHaveLength(1);
    expect(source.freshAfter).not.toHaveBeenCalled();
  });

  test('is reported when it is the response to the second token', async () => {
    const challenge = 'Bearer error="insufficient_scope"';
    const { challenges } = await sendBy({}, [
      { status: 401, challenge: INVALID_TOKEN },
      { status: 403, challenge },
    ]);

    expect(challenges).toHaveLength(1);
  });

  test.for<[status: number, challenge: string | undefined]>([
    [200, 'Bearer error="insufficient_scope"'],
    [401, 'Bearer error="insufficient_scope"'],
    [403, 'Bearer error="insufficient_user_authentication"'],
    [403, 'Basic error="insufficient_scope"'],
    [403, 'Bearer realm="error=insufficient_scope"'],
    [403, `Bearer error="insufficient_scope", scope="${'x '.repeat(4000)}"`],
    [403, undefined],
    [401, undefined],
  ])('is none with %i and %s', async ([status, challenge]) => {
    const { response, challenges } = await sendBy({}, [challenge === undefined ? { status } : { status, challenge }]);

    expect(response.status).toBe(status);
    expect(challenges).toEqual([]);
  });
});

describe('a response that holds the token of its request', () => {
  const refused = { status: 401, challenge: INVALID_TOKEN, body: 'access-1 is not valid' };

  test('reaches the page if the rule says nothing', async () => {
    const { response, reflections } = await sendBy({}, [{ body: 'Bearer access-1' }]);

    expect(await response.text()).toBe('Bearer access-1');
    expect(reflections).toEqual([]);
  });

  test('breaks off if the rule says so, and is reported without the query', async () => {
    const { response, reflections } = await sendBy({ reflection: 'stop' }, [{ body: 'Bearer access-1' }]);

    await expect(response.text()).rejects.toThrow(TypeError);
    expect(reflections).toEqual([`${URL_OF_API}/notes`]);
  });

  test('is judged by the token that the last request carried, and by the one that was refused', async () => {
    const first = await sendBy({ reflection: 'stop' }, [refused, { body: 'Bearer access-2' }]);
    const other = await sendBy({ reflection: 'stop' }, [refused, { body: 'Bearer access-1' }]);

    await expect(first.response.text()).rejects.toThrow(TypeError);
    await expect(other.response.text()).rejects.toThrow(TypeError);
  });

  test('is never requested in parts, because no part would hold the whole token', async () => {
    const headers = { range: 'bytes=0-15' };
    const stopping = await sendBy({ reflection: 'stop' }, [refused], { headers });
    const passing = await sendBy({}, [refused], { headers });

    expect(stopping.ranges).toEqual([null, null]);
    expect(passing.ranges).toEqual(['bytes=0-15', 'bytes=0-15']);
  });

  test('is not in the HTTP cache for a request with a header field of its own', async () => {
    const stopping = await sendBy({ reflection: 'stop' }, [refused, { body: 'Bearer access-2' }]);
    const passing = await sendBy({}, [{}]);

    expect(stopping.cacheModes).toEqual(['no-store', 'no-store']);
    expect(passing.cacheModes).toEqual(['default']);
  });

  test('does not prevent a renewal, or the report of a challenge', async () => {
    const wanted = { status: 403, challenge: 'Bearer error="insufficient_scope"' };
    const { response, sent, challenges } = await sendBy({ reflection: 'stop' }, [refused, wanted]);

    expect(sent).toHaveLength(2);
    expect(response.status).toBe(403);
    expect(challenges).toMatchObject([{ error: 'insufficient_scope' }]);
  });
});

describe('a response that must not hold a token', () => {
  const OLD = 'the-signature-of-a-token-that-was-sent-before';
  const STOP = { reflection: 'stop' } as const;

  /** Marks of a token that a request has carried a while ago. */
  function sentBefore(ageMs: number): RecentNeedles {
    let nowMs = 0;
    const recentNeedles = createRecentNeedles(() => nowMs);
    recentNeedles.note(new Headers({ authorization: `Bearer header.payload.${OLD}` }));
    nowMs = ageMs;
    return recentNeedles;
  }

  test.for([
    ['as it is', OLD],
    ['in base64', btoa(`x ${OLD}`)],
    ['in JSON', JSON.stringify({ log: [`Authorization: Bearer header.payload.${OLD}`] })],
  ])('may not hold that of an earlier request either, %s', async ([, body = '']) => {
    const { response, reflections } = await sendBy(STOP, [{ body }], { recentNeedles: sentBefore(599_000) });

    await expect(response.text()).rejects.toThrow(TypeError);
    expect(reflections).toEqual([`${URL_OF_API}/notes`]);
  });

  test('may hold one that is older than ten minutes', async () => {
    const { response } = await sendBy(STOP, [{ body: OLD }], { recentNeedles: sentBefore(601_000) });

    expect(await response.text()).toBe(OLD);
  });

  test('may hold anything if the configuration allows it', async () => {
    const { response } = await sendBy({}, [{ body: OLD }], { recentNeedles: sentBefore(0) });

    expect(await response.text()).toBe(OLD);
  });
});
