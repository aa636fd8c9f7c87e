import { describe, expect, test } from 'vitest';
import type { AccessChallenge } from '../../src/protocol/access-challenge.ts';
import { parseExplanation } from '../../src/protocol/explanation.ts';
import { StepUpNotices } from '../../sw/fetch/step-up-notices.ts';

const CHALLENGE: AccessChallenge = { error: 'insufficient_claims', url: 'https://api.example/v1', method: 'GET' };
const CLAIMS = '{"access_token":{"nbf":null}}';

function setUp({ prove = async (claims: string): Promise<string> => `proof of ${claims}` } = {}) {
  const told: [AccessChallenge, string][] = [];
  const warnings: string[] = [];
  const notices = new StepUpNotices({
    configuration: { scopes: ['openid'], scopesFromPage: ['notes:read'], parametersFromPage: [] },
    prove,
    notify: async (challenge, { clientId }) => told.push([challenge, clientId]) > 1,
    warn: (message) => warnings.push(message),
  });
  const tell = (challenge: Partial<AccessChallenge>, claimsRefusal?: string): Promise<boolean> =>
    notices.tell({ ...CHALLENGE, ...challenge }, { clientId: 'page', claimsRefusal });
  const last = (method: string, url: string): AccessChallenge | undefined => notices.last(method, new URL(url));
  return { tell, told, warnings, last };
}

describe('the page that sent a request', () => {
  test('gets the claims with a proof', async () => {
    const { tell, told } = setUp();

    await tell({ claims: CLAIMS });

    expect(told).toEqual([[{ ...CHALLENGE, claims: CLAIMS, claimsProof: `proof of ${CLAIMS}` }, 'page']]);
  });

  test('gets no claims if they cannot be proven', async () => {
    const { tell, told } = setUp({ prove: () => Promise.reject(new Error('The vault is full.')) });

    await tell({ claims: CLAIMS, scopes: ['notes:read'] });

    expect(told).toEqual([[{ ...CHALLENGE, scopes: ['notes:read'] }, 'page']]);
  });
});

describe('the developer', () => {
  test.for<[what: string, challenge: Partial<AccessChallenge>, warning: RegExp]>([
    ['a scope', { scopes: ['notes:read', 'admin'] }, /v1 requires the scope "admin".*add "admin" to "scopesFromPage"/],
    ['a class', { acrValues: ['urn:mfa'] }, /v1 requires "acr_values".*add "acr_values" to "parametersFromPage"/],
    ['a scope of other characters', { scopes: ['a"b\n'] }, /"a\\"b\\n"/],
  ])('reads once which option allows %s', async ([, challenge, warning]) => {
    const { tell, warnings } = setUp();

    await tell(challenge);
    await tell(challenge);

    expect(warnings).toEqual([expect.stringMatching(warning)]);
  });

  test('reads once why claims are not requested, and nothing about what is allowed', async () => {
    const { tell, warnings } = setUp();

    await tell({ scopes: ['openid', 'notes:read'], maxAge: 60 }, 'No such claim.');
    await tell({}, 'No such claim.');

    expect(warnings).toEqual(['No such claim.']);
  });

  test('reads 100 warnings at most, whatever an API sends', async () => {
    const { tell, warnings } = setUp();

    for (let index = 0; index < 150; index += 1) await tell({}, `No claim ${index}.`);

    expect(warnings).toHaveLength(100);
  });
});

describe('the explanation of a request', () => {
  test('has the last challenge of its method and address', async () => {
    const { tell, last } = setUp();

    await tell({ scopes: ['notes:read'] });
    await tell({ claims: CLAIMS });

    expect(last('get', 'https://api.example/v1?page=2#top')).toEqual({ ...CHALLENGE, claims: CLAIMS });
    expect(last('POST', 'https://api.example/v1')).toBeUndefined();
    expect(last('GET', 'https://api.example/v1/notes')).toBeUndefined();
  });

  test('forgets the oldest of more than 100', async () => {
    const { tell, last } = setUp();

    for (let index = 0; index <= 100; index += 1) await tell({ url: `https://api.example/${index}` });

    expect(last('GET', 'https://api.example/0')).toBeUndefined();
    expect(last('GET', 'https://api.example/1')).toBeDefined();
  });

  test('is read with the challenge, and without one of another release', () => {
    const explanation = { action: 'authorize', reason: 'covered' };

    expect(parseExplanation({ ...explanation, challenge: CHALLENGE })).toEqual({
      ...explanation,
      challenge: CHALLENGE,
    });
    expect(parseExplanation({ ...explanation, challenge: { error: 'moon' } })).toEqual(explanation);
  });
});
