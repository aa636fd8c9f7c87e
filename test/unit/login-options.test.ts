import { describe, expect, test } from 'vitest';
import { checkLoginOptions } from '../../src/page/login-options.ts';
import type { AccessChallenge } from '../../src/protocol/access-challenge.ts';

const REQUEST = { url: 'https://api.example/v1', method: 'GET' };
const CLAIMS = { claims: '{"access_token":{"nbf":null}}', claimsProof: 'a proof' };
const REFUSED = expect.objectContaining({ name: 'TokenwardError', code: 'request_invalid' });

describe('login(challenge)', () => {
  test.for<[challenge: AccessChallenge, options: object]>([
    [{ ...REQUEST, error: 'insufficient_scope', scopes: ['notes:write'] }, { scopes: ['notes:write'] }],
    [
      { ...REQUEST, error: 'insufficient_user_authentication', acrValues: ['urn:mfa'], maxAge: 60 },
      { acrValues: ['urn:mfa'], maxAge: 60 },
    ],
    [{ ...REQUEST, error: 'insufficient_claims', ...CLAIMS }, CLAIMS],
    [{ ...REQUEST, error: 'insufficient_scope', scopes: ['a'], claims: CLAIMS.claims }, { scopes: ['a'] }],
  ])('takes a challenge unchanged: %o', ([challenge, options]) => {
    expect(checkLoginOptions(challenge, undefined)).toEqual(options);
  });

  test('takes further options beside it, or in it', () => {
    const challenge: AccessChallenge = { ...REQUEST, error: 'insufficient_claims', ...CLAIMS };

    expect(checkLoginOptions(challenge, { returnTo: '/notes' })).toEqual({ ...CLAIMS, returnTo: '/notes' });
    expect(checkLoginOptions({ ...challenge, returnTo: '/notes' }, undefined)).toEqual({
      ...CLAIMS,
      returnTo: '/notes',
    });
    expect(checkLoginOptions({ scopes: ['a'] }, { maxAge: 1 })).toEqual({ scopes: ['a'], maxAge: 1 });
    expect(() => checkLoginOptions(challenge, Object({ retrunTo: '/' }))).toThrow(/did you mean "returnTo"/);
  });

  test.for(['insufficient_claims', 'interaction_required', 'invalid_token'] as const)(
    'refuses %s if its claims are not allowed, and says which option to set',
    (error) => {
      for (const claims of [{}, { claims: CLAIMS.claims }]) {
        const challenge: AccessChallenge = { ...REQUEST, error, ...claims };
        expect(() => checkLoginOptions(challenge, undefined)).toThrow(REFUSED);
        expect(() => checkLoginOptions(challenge, undefined)).toThrow(/Set "claimsFromChallenge"/);
      }
    },
  );

  test('takes no members of a challenge without one', () => {
    expect(() => checkLoginOptions(Object(CLAIMS), undefined)).toThrow(REFUSED);
    expect(() => checkLoginOptions(Object(REQUEST), undefined)).toThrow(REFUSED);
    expect(() => checkLoginOptions(Object({ ...REQUEST, ...CLAIMS, error: 'moon' }), undefined)).toThrow(REFUSED);
  });

  test('takes an event as no option', () => {
    expect(checkLoginOptions(new Event('click'), undefined)).toEqual({});
  });
});
