import { describe, expect, test } from 'vitest';
import type { ProtectedResourceOptions } from '../../src/configuration/configuration.ts';
import { MAX_CLAIMS_CHARACTERS } from '../../src/configuration/claims-request.ts';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { findStepUp, refusesToken, type StepUp } from '../../sw/fetch/challenge.ts';
import { ClaimsProofs } from '../../sw/oauth/claims-proof.ts';
import { createMemoryVault } from '../../sw/vault/memory-vault.ts';
import { createTagger } from '../../sw/vault/tagger.ts';
import { APP_ORIGIN, ISSUER } from '../support/scripted-server.ts';
import { LOGIN, startWorkerEndpoints } from '../support/worker-endpoints.ts';

const CALLBACK = `${APP_ORIGIN}/auth/callback`;
const ALLOWED = { access_token: ['nbf', 'acrs', 'rôle'], id_token: ['acr'] };
const REQUEST = { access_token: { nbf: { essential: true, value: '1604106651' } } };
const TEXT = JSON.stringify(REQUEST);
const REFUSED = expect.objectContaining({ name: 'TokenwardError', code: 'request_invalid' });

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** A text as a quoted string of a header (RFC 9110, section 5.6.4). */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function resourcesOf(claimsFromChallenge?: ProtectedResourceOptions['claimsFromChallenge']) {
  return parseConfiguration(
    {
      issuer: 'https://as.example',
      clientId: 'spa',
      protectedResources: [{ url: 'https://api.example/v1', ...(claimsFromChallenge && { claimsFromChallenge }) }],
    },
    'https://app.example',
  ).protectedResources;
}

/** Returns the step-up that a response requires of a resource whose challenges may ask for some claims. */
function stepUpBy(
  challenge: string,
  { status = 401, allowed = ALLOWED }: { status?: number; allowed?: object | undefined } = {},
): StepUp | undefined {
  const [resource] = resourcesOf(allowed);
  if (!resource) throw new Error('There is no resource.');
  return findStepUp(new Response(null, { status, headers: { 'www-authenticate': challenge } }), resource);
}

describe('the claims of a challenge are read', () => {
  const bytes = JSON.stringify({ access_token: { rôle: { value: '??>>~~' } } });
  test.for<[what: string, parameter: string, text?: string]>([
    ['in base64', `"${base64(TEXT)}"`],
    ['in base64 without padding', `"${base64(TEXT).replaceAll('=', '')}"`],
    ['in base64url, as a token without quotes', Buffer.from(TEXT).toString('base64url')],
    ['in base64url with padding', `"${base64(bytes).replaceAll('+', '-').replaceAll('/', '_')}"`, bytes],
    ['in base64 of UTF-8', `"${base64(bytes)}"`, bytes],
    ['in base64 with white space around it', `" ${base64(TEXT)} "`],
    ['in base64 of JSON in lines', `"${base64(JSON.stringify(REQUEST, null, 2))}"`],
    ['as JSON', quoted(TEXT)],
    ['as JSON with white space', quoted(` ${JSON.stringify(REQUEST, null, 1).replaceAll('\n', ' ')} `)],
    ['percent-encoded', `"${encodeURIComponent(TEXT)}"`],
    ['percent-encoded in lower case', `"${encodeURIComponent(TEXT).toLowerCase()}"`],
  ])('%s', ([, parameter, text = TEXT]) => {
    expect(stepUpBy(`Bearer realm="", error="insufficient_claims", claims=${parameter}`)).toEqual({
      requirement: { error: 'insufficient_claims', claims: text },
    });
  });

  test.for<[status: number, challenge: string, error: string]>([
    [401, 'Bearer error="insufficient_claims"', 'insufficient_claims'],
    [403, 'Bearer error="insufficient_claims"', 'insufficient_claims'],
    [401, 'Bearer error="interaction_required"', 'interaction_required'],
    [401, 'BEARER realm="", authorization_uri="https://as.example", error=insufficient_claims', 'insufficient_claims'],
    [401, 'DPoP algs="ES256", error="insufficient_claims"', 'insufficient_claims'],
    [401, 'Bearer error="invalid_token", error_description="revoked"', 'invalid_token'],
    [401, 'Basic realm="x", Bearer error="invalid_token", Bearer error="interaction_required"', 'interaction_required'],
    [401, 'Bearer error="insufficient_user_authentication", max_age="60"', 'insufficient_user_authentication'],
    [403, 'Bearer error="insufficient_scope", scope="a b"', 'insufficient_scope'],
  ])('with %i and %s', ([status, challenge, error]) => {
    const stepUp = stepUpBy(`${challenge}, claims="${base64(TEXT)}"`, { status });

    expect(stepUp?.requirement).toMatchObject({ error, claims: TEXT });
  });

  test('before or after the error, and beside scopes and classes', () => {
    const claims = `claims="${base64(TEXT)}"`;
    const stepUp = stepUpBy(`Bearer ${claims}, scope="notes:write", acr_values="urn:mfa", error="insufficient_claims"`);

    expect(stepUp?.requirement).toEqual({
      error: 'insufficient_claims',
      scopes: ['notes:write'],
      acrValues: ['urn:mfa'],
      claims: TEXT,
    });
  });

  test.for([
    [401, 'Bearer error="insufficient_claims"'],
    [401, 'Bearer error="interaction_required"'],
    [401, `Basic error="insufficient_claims", claims="${base64(TEXT)}"`],
    [200, `Bearer error="insufficient_claims", claims="${base64(TEXT)}"`],
    [401, `Bearer claims="${base64(TEXT)}"`],
    [401, `Bearer error="insufficient_claims", claims="${'e'.repeat(5000)}"`],
  ] as const)('but not with %i and %s', ([status, challenge]) => {
    expect(stepUpBy(challenge, { status })).toBeUndefined();
  });
});

describe('the claims of a challenge are not used', () => {
  test.for<[what: string, value: string]>([
    ['no JSON', 'nonsense'],
    ['base64 of no JSON', base64('nonsense')],
    ['base64 of bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x7b]).toString('base64')],
    ['a wrong percent-encoding', '%7B%zz'],
    ['nothing', ''],
    ['a list', '[]'],
    ['a string', '"nbf"'],
    ['null', 'null'],
    ['an object without claims', '{}'],
    ['a member without claims', '{"access_token":{}}'],
    ['a member that is null', '{"id_token":null}'],
    ['another member', JSON.stringify({ ...REQUEST, verified_claims: { nbf: null } })],
    ['a member of the prototype', '{"__proto__":{"nbf":null}}'],
    ['a claim that is a string', '{"access_token":{"nbf":"1"}}'],
    ['a claim with another member', '{"access_token":{"nbf":{"value":"1","max_age":1}}}'],
    ['a claim whose value is an object', '{"access_token":{"nbf":{"value":{"a":1}}}}'],
    ['a claim whose values are lists', '{"access_token":{"nbf":{"values":[["a"]]}}}'],
    ['a claim that is essential by a string', '{"access_token":{"nbf":{"essential":"true"}}}'],
    ['more than the limit', JSON.stringify({ access_token: { nbf: { value: 'x'.repeat(MAX_CLAIMS_CHARACTERS) } } })],
  ])('if they are %s, and the developer reads why', ([, value]) => {
    const stepUp = stepUpBy(`Bearer error="insufficient_claims", claims=${quoted(value)}`);

    expect(stepUp?.requirement).toEqual({ error: 'insufficient_claims' });
    expect(stepUp?.claimsRefusal).toMatch(/https:\/\/api\.example\/v1 requires claims that are no claims request/);
  });

  test.for<[what: string, claims: object, claim: string, member: string]>([
    ['a claim that is not named', { access_token: { nbf: null, roles: { value: 'admin' } } }, 'roles', 'access_token'],
    ['a claim that is named for another member', { id_token: { acrs: null } }, 'acrs', 'id_token'],
    ['a member that is not named', { userinfo: { nbf: null } }, 'nbf', 'userinfo'],
    ['a claim in another case', { access_token: { NBF: null } }, 'NBF', 'access_token'],
    ['a name of the prototype', { access_token: { constructor: null } }, 'constructor', 'access_token'],
  ])(
    'if the configuration does not allow %s, and the developer reads which option to add',
    ([, claims, claim, member]) => {
      const stepUp = stepUpBy(`Bearer error="insufficient_claims", claims="${base64(JSON.stringify(claims))}"`);

      expect(stepUp?.requirement).not.toHaveProperty('claims');
      expect(stepUp?.claimsRefusal).toContain(`add "${claim}" to "claimsFromChallenge.${member}"`);
    },
  );

  test('if the configuration says nothing', () => {
    const challenge = `Bearer error="insufficient_claims", claims="${base64(TEXT)}"`;
    const [resource] = resourcesOf();
    const headers = { 'www-authenticate': challenge };

    const stepUp = resource && findStepUp(new Response(null, { status: 401, headers }), resource);

    expect(stepUp?.requirement).toEqual({ error: 'insufficient_claims' });
    expect(stepUp?.claimsRefusal).toContain('add "nbf" to "claimsFromChallenge.access_token"');
  });

  test('and are written anew, without what JSON repeats', () => {
    const twice = '{"access_token":{"roles":null},"access_token":{"nbf":null}}';

    expect(stepUpBy(`Bearer error="insufficient_claims", claims=${quoted(twice)}`)?.requirement.claims).toBe(
      '{"access_token":{"nbf":null}}',
    );
  });
});

describe('a challenge for claims', () => {
  const answer = (challenge: string): Response =>
    new Response(null, { status: 401, headers: { 'www-authenticate': challenge } });

  test.for(['insufficient_claims', 'interaction_required'])('is no reason to refresh: %s', (error) => {
    expect(refusesToken(answer(`Bearer error="${error}", claims="e30"`), 'unauthorized')).toBe(false);
  });

  test('is one if the token is invalid, too', () => {
    expect(refusesToken(answer('Bearer error="invalid_token", claims="e30"'))).toBe(true);
  });
});

describe('the proof of claims', () => {
  function proofsOf(claimsFromChallenge?: ProtectedResourceOptions['claimsFromChallenge']) {
    let nowMs = 1_800_000_000_000;
    const vault = createMemoryVault();
    const parts = { tag: createTagger(() => vault), now: () => nowMs };
    const proofs = new ClaimsProofs({ ...parts, protectedResources: resourcesOf(claimsFromChallenge ?? ALLOWED) });
    const wait = (ms: number): void => void (nowMs += ms);
    return { proofs, wait, later: new ClaimsProofs({ ...parts, protectedResources: resourcesOf() }) };
  }
  const queryOf = (claims: string, proof: string): URLSearchParams =>
    new URLSearchParams({ claims, claims_proof: proof });

  test('holds for an hour', async () => {
    const { proofs, wait } = proofsOf();
    const proof = await proofs.prove(TEXT);

    expect(await proofs.verify(queryOf(TEXT, proof))).toEqual({ text: TEXT, proof });
    wait(3_599_999);
    expect(await proofs.verify(queryOf(TEXT, proof))).toEqual({ text: TEXT, proof });
    wait(1);
    await expect(proofs.verify(queryOf(TEXT, proof))).rejects.toEqual(REFUSED);
  });

  test('is needed only where there is one', async () => {
    expect(await proofsOf().proofs.verify(new URLSearchParams({ claims: TEXT }))).toBeUndefined();
  });

  test('holds for no other claims, times and workers', async () => {
    const { proofs } = proofsOf();
    const proof = await proofs.prove(TEXT);
    const other = JSON.stringify({ access_token: { nbf: { value: '1' } } });

    for (const query of [
      queryOf(other, proof),
      queryOf(`${TEXT} `, proof),
      queryOf(TEXT, ''),
      queryOf(TEXT, proof.replace(/^\d+/, '1800000000001')),
      queryOf(TEXT, 'NaN NaN'),
      queryOf(TEXT, await proofsOf().proofs.prove(TEXT)),
      new URLSearchParams([...queryOf(TEXT, proof), ['claims', other]]),
      new URLSearchParams([...queryOf(TEXT, proof), ['claims_proof', proof]]),
      new URLSearchParams({ claims_proof: proof }),
    ])
      await expect(proofs.verify(query)).rejects.toEqual(REFUSED);
  });

  test('holds for nothing that the configuration has ceased to allow', async () => {
    const { proofs, later } = proofsOf();

    await expect(later.verify(queryOf(TEXT, await proofs.prove(TEXT)))).rejects.toEqual(REFUSED);
  });
});

describe('a sign-in for the claims of a challenge', () => {
  const resource = { url: 'https://api.example/v1', claimsFromChallenge: ALLOWED };
  async function start(authorizationParameters: Readonly<Record<string, string>> = {}) {
    const worker = await startWorkerEndpoints({ protectedResources: [resource], authorizationParameters });
    const query = { returnTo: '/notes', claims: TEXT, claims_proof: await worker.claimsProofs.prove(TEXT) };
    return { ...worker, query, login: `${LOGIN}?${new URLSearchParams(query)}` };
  }

  test('requests them, and nothing of the proof', async () => {
    const { navigate, login } = await start();

    const { searchParams } = await navigate(login);

    expect(JSON.parse(searchParams.get('claims') ?? '')).toEqual(REQUEST);
    expect(String(searchParams)).not.toContain('proof');
  });

  test('requests them beside those of the configuration, which they cannot change', async () => {
    const always = { access_token: { nbf: null, xms_cc: { values: ['cp1'] } }, id_token: { auth_time: null } };
    const { navigate, login } = await start({ claims: JSON.stringify(always) });

    const { searchParams } = await navigate(login);

    expect(JSON.parse(searchParams.get('claims') ?? '')).toEqual(always);
  });

  test.for<[what: string, changes: Readonly<Record<string, string>>]>([
    ['of the page alone', { claims_proof: '' }],
    ['that the page has changed', { claims: '{"access_token":{"nbf":null}}' }],
  ])('requests none %s', async ([, changes]) => {
    const { navigate, query, session } = await start();

    const { href } = await navigate(`${LOGIN}?${new URLSearchParams({ ...query, ...changes })}`);

    expect(href).toBe(`${APP_ORIGIN}/notes#`);
    expect(await session.view()).toMatchObject({ lastError: { code: 'request_invalid' } });
  });

  test('goes on with them in its silent renewal', async () => {
    const { signIn, query, lose, renew } = await start();
    await signIn(query);
    await lose();

    const { searchParams } = await renew();

    expect(JSON.parse(searchParams.get('claims') ?? '')).toEqual(REQUEST);
  });

  test('asks for them once more if the worker was stopped after the code was used', async () => {
    const { navigate, login, server, vault, query } = await start();
    const { searchParams } = await navigate(login);
    const response = new URLSearchParams({ code: 'x', state: searchParams.get('state') ?? '', iss: ISSUER });
    server.answer('/token', () => new Promise(() => {}));
    void navigate(`${CALLBACK}?${response}`);
    await expect.poll(() => server.requestsTo('/token')).toHaveLength(1);
    const next = await startWorkerEndpoints({ protectedResources: [resource] }, vault);
    next.server.answer('/token', () => Response.json({ error: 'invalid_grant' }, { status: 400 }));

    const again = await next.navigate(`${CALLBACK}?${response}`);

    expect(Object.fromEntries(again.searchParams)).toMatchObject(query);
    expect((await next.navigate(again.href)).searchParams.get('claims')).toBe(TEXT);
  });
});
