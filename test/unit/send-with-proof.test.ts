import { describe, expect, test, vi } from 'vitest';
import type { ProtectedResourceOptions } from '../../src/configuration/configuration.ts';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import type { Access } from '../../sw/fetch/access.ts';
import { sendAuthenticated } from '../../sw/fetch/handler.ts';
import { createRecentNeedles } from '../../sw/fetch/reflection.ts';
import type { ProtectedResource } from '../../src/configuration/protected-resource.ts';

const NONCE_CHALLENGE = 'DPoP error="use_dpop_nonce"';
const INVALID_TOKEN = 'Bearer error="invalid_token"';

const RESOURCE = resourceOf({ url: 'https://api.example', resource: 'urn:notes' });

function resourceOf(options: ProtectedResourceOptions): ProtectedResource {
  const configuration = { issuer: 'https://as.example', clientId: 'spa', protectedResources: [options] };
  const [resource] = parseConfiguration(configuration, 'https://app.example').protectedResources;
  if (!resource) throw new Error('There is no resource.');
  return resource;
}

/** Access whose header fields are others each time they are made. */
function accessOf(name: string, { hasProof = true, hasNonce = true } = {}) {
  let made = 0;
  const heard: (string | null)[] = [];
  const access: Access = {
    authorize: () => {
      made += 1;
      return { authorization: name, ...(hasProof ? { dpop: `proof-${made}` } : {}) };
    },
    observe: (_request, response) => {
      heard.push(response.headers.get('dpop-nonce'));
      return hasNonce;
    },
  };
  return { access, heard };
}

/** Sends a request where the server gives these answers, one after the other. */
async function sendWith(
  { fresh, freshAfter }: { fresh: Access; freshAfter?: Access },
  answers: readonly Response[],
  request: Request = new Request('https://api.example/notes', { method: 'POST', body: 'a note' }),
) {
  const sent: Request[] = [];
  const bodies: string[] = [];
  const rest = [...answers];
  const source = { fresh: vi.fn(async () => fresh), freshAfter: vi.fn(async () => freshAfter), noteOutcome: vi.fn() };
  const send = async (input: RequestInfo | URL): Promise<Response> => {
    if (!(input instanceof Request)) throw new TypeError('There is no request.');
    sent.push(input);
    bodies.push(await input.text());
    return rest.shift() ?? Response.error();
  };
  const response = await sendAuthenticated(request, RESOURCE, {
    source,
    send,
    tell: () => {},
    tellReflection: () => {},
    recentNeedles: createRecentNeedles(() => Date.now()),
    now: () => Date.now(),
    isAbandoned: async () => false,
  });
  return { response, sent, bodies, source };
}

function challenge(text: string, nonce?: string): Response {
  return new Response('refused', {
    status: 401,
    headers: { 'www-authenticate': text, ...(nonce === undefined ? {} : { 'dpop-nonce': nonce }) },
  });
}

function fieldsOf(sent: readonly Request[], name: string): readonly (string | null)[] {
  return sent.map(({ headers }) => headers.get(name));
}

describe('a request to a protected resource', () => {
  test('requests access for its resource, and is sent with the returned header fields', async () => {
    const { access, heard } = accessOf('DPoP token');

    const { response, sent, source } = await sendWith({ fresh: access }, [
      new Response('ok', { headers: { 'dpop-nonce': 'n1' } }),
    ]);

    expect(await response.text()).toBe('ok');
    expect(source.fresh).toHaveBeenCalledExactlyOnceWith(RESOURCE.target);
    expect(fieldsOf(sent, 'authorization')).toEqual(['DPoP token']);
    expect(fieldsOf(sent, 'dpop')).toEqual(['proof-1']);
    expect(heard).toEqual(['n1']);
  });

  test('is sent once more, with a proof of its own, to a server that requires a nonce in it', async () => {
    const { access, heard } = accessOf('DPoP token');

    const { response, sent, bodies, source } = await sendWith({ fresh: access }, [
      challenge(NONCE_CHALLENGE, 'n1'),
      new Response('ok', { headers: { 'dpop-nonce': 'n2' } }),
    ]);

    expect(await response.text()).toBe('ok');
    expect(fieldsOf(sent, 'dpop')).toEqual(['proof-1', 'proof-2']);
    expect(bodies).toEqual(['a note', 'a note']);
    expect(heard).toEqual(['n1', 'n2']);
    expect(source.freshAfter).not.toHaveBeenCalled();
  });

  test('is not sent a third time to a server that requires a nonce again and again', async () => {
    const { response, sent } = await sendWith({ fresh: accessOf('DPoP token').access }, [
      challenge(NONCE_CHALLENGE, 'n1'),
      challenge(NONCE_CHALLENGE, 'n2'),
    ]);

    expect(response.status).toBe(401);
    expect(sent).toHaveLength(2);
  });

  test.for([
    [
      'the proof and then the token',
      [challenge(NONCE_CHALLENGE, 'n1'), challenge(INVALID_TOKEN)],
      ['one', 'one', 'two'],
    ],
    [
      'the token and then the proof',
      [challenge(INVALID_TOKEN), challenge(NONCE_CHALLENGE, 'n1')],
      ['one', 'two', 'two'],
    ],
  ] as const)('is sent once more for each to a server that refuses %s, and no more', async ([, refusals, tokens]) => {
    const accesses = { fresh: accessOf('one').access, freshAfter: accessOf('two').access };
    const last = [challenge(NONCE_CHALLENGE, 'n2'), challenge(INVALID_TOKEN)];

    for (const answer of [new Response('ok'), ...last]) {
      const { response, sent, bodies } = await sendWith(accesses, [...refusals.map((r) => r.clone()), answer]);

      expect(response).toBe(answer);
      expect(fieldsOf(sent, 'authorization')).toEqual(tokens);
      expect(bodies).toEqual(['a note', 'a note', 'a note']);
    }
  });

  test('is not sent again if the required nonce cannot be read', async () => {
    const { response, sent } = await sendWith({ fresh: accessOf('DPoP token', { hasNonce: false }).access }, [
      challenge(NONCE_CHALLENGE),
    ]);

    expect(response.status).toBe(401);
    expect(await response.text()).toBe('refused');
    expect(sent).toHaveLength(1);
  });

  test.for([
    challenge('Bearer error="use_dpop_nonce"', 'n1'),
    challenge('DPoP error="invalid_dpop_proof"', 'n1'),
    new Response('', { status: 403, headers: { 'www-authenticate': NONCE_CHALLENGE, 'dpop-nonce': 'n1' } }),
  ])('is not sent again for another answer that brings a nonce: %#', async (answer) => {
    const { response, sent } = await sendWith({ fresh: accessOf('DPoP token').access }, [answer]);

    expect(response).toBe(answer);
    expect(sent).toHaveLength(1);
  });

  test.for([INVALID_TOKEN, 'DPoP error="invalid_token", algs="ES256"'])(
    'is sent once more with another token where the first is refused: %s',
    async (refusal) => {
      const { sent } = await sendWith({ fresh: accessOf('one').access, freshAfter: accessOf('two').access }, [
        challenge(refusal, 'n1'),
        new Response('ok'),
      ]);

      expect(fieldsOf(sent, 'authorization')).toEqual(['one', 'two']);
    },
  );
});

describe('a redirect', () => {
  const request = (redirect: RequestRedirect): Request => new Request('https://api.example/notes', { redirect });

  test('is followed by a request that carries only Authorization, which the browser removes', async () => {
    const { sent } = await sendWith(
      { fresh: accessOf('Bearer token', { hasProof: false }).access },
      [new Response('ok')],
      request('follow'),
    );

    expect(sent[0]?.redirect).toBe('follow');
  });

  test.for<[RequestRedirect, RequestRedirect]>([
    ['follow', 'error'],
    ['error', 'error'],
    ['manual', 'manual'],
  ])('carries no proof: %s becomes %s', async ([asked, sentWith]) => {
    const { sent } = await sendWith({ fresh: accessOf('DPoP token').access }, [new Response('ok')], request(asked));

    expect(sent[0]?.redirect).toBe(sentWith);
  });
});
