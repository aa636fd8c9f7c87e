import { describe, expect, test } from 'vitest';
import { type AllowedRequest, parseAuthorizationRequest } from '../../sw/oauth/parse-authorization-request.ts';
import type { AuthorizationRequest } from '../../sw/oauth/authorization-request.ts';

const ALLOWED: AllowedRequest = {
  openid: undefined,
  scopes: ['openid', 'offline_access', 'notes:read'],
  scopesFromPage: ['notes:write'],
  parametersFromPage: ['login_hint', 'acr_values'],
  authorizationParameters: {},
};

function parse(
  query: Readonly<Record<string, string>>,
  { granted, ...changes }: Partial<AllowedRequest> & { readonly granted?: readonly string[] } = {},
): AuthorizationRequest {
  return parseAuthorizationRequest({ ...ALLOWED, ...changes }, new URLSearchParams(query), { returnTo: '/x', granted });
}

const REFUSED = expect.objectContaining({ name: 'TokenwardError', code: 'request_invalid' });

describe('the scopes of a sign-in', () => {
  test('are the configured ones, unless the page names some', () => {
    expect(parse({}).scopes).toEqual(['openid', 'offline_access', 'notes:read']);
    expect(parse({ scope: 'notes:read' }).scopes).toEqual(['openid', 'notes:read']);
  });

  test('may be more, out of those that the configuration allows the page to choose', () => {
    expect(parse({ scope: 'notes:write' }).scopes).toEqual(['openid', 'notes:write']);
    expect(() => parse({ scope: 'notes:delete' })).toThrow(REFUSED);
  });

  test('are added to those of the session, whether or not the server has returned them', () => {
    const granted = ['notes:read', 'left-over'];

    expect(parse({ scope: 'notes:write' }, { granted }).scopes).toEqual([
      'openid',
      'notes:write',
      'offline_access',
      'notes:read',
    ]);
    expect(parse({}, { granted: ['openid', 'notes:write'] }).scopes).toContain('notes:write');
  });
});

describe('a step-up', () => {
  test('requests the age and the classes that the page names', () => {
    const { parameters } = parse({ max_age: '300', acr_values: 'urn:mfa urn:password' });

    expect(parameters).toEqual({ max_age: '300', acr_values: 'urn:mfa urn:password' });
  });

  test('makes no sign-in weaker than the configuration does', () => {
    const authorizationParameters = { max_age: '600' };

    expect(parse({ max_age: '6000' }, { authorizationParameters }).parameters).toEqual({ max_age: '600' });
    expect(parse({ max_age: '0' }, { authorizationParameters }).parameters).toEqual({ max_age: '0' });
    expect(() => parse({ acr_values: 'urn:none' }, { parametersFromPage: [] })).toThrow(REFUSED);
  });

  test.for(['-1', '1.5', '1e9', 'now', '', '9'.repeat(10)])('refuses %j as a max_age', (max_age) => {
    expect(() => parse({ max_age })).toThrow(REFUSED);
    // What the ID token is checked against has to be a number, and no more than the configured one.
    expect(() => parse({ max_age }, { parametersFromPage: ['max_age'] })).toThrow(REFUSED);
  });
});

describe('a prompt', () => {
  test('of none is always allowed; the configuration must name the others', () => {
    expect(parse({ prompt: 'none' }).parameters).toEqual({ prompt: 'none' });
    expect(() => parse({ prompt: 'login' })).toThrow(REFUSED);
    expect(parse({ prompt: 'login' }, { parametersFromPage: ['prompt'] }).parameters).toEqual({ prompt: 'login' });
  });
});

describe('another parameter', () => {
  test.for(['connection', 'organization', 'screen_hint', 'ui_locales', 'claims', 'resource'])(
    'is refused unless the configuration names it: %s',
    (name) => {
      expect(() => parse({ [name]: 'x' })).toThrow(REFUSED);
      expect(parse({ [name]: 'x' }, { parametersFromPage: [name] }).parameters).toMatchObject({ [name]: 'x' });
    },
  );

  test.for(['silent', 'client_id', 'redirect_uri', 'response_type', 'state', 'nonce', 'code_challenge', 'request_uri'])(
    'is refused if only the worker may set it: %s',
    (name) => {
      expect(() => parse({ [name]: 'x' })).toThrow(REFUSED);
    },
  );

  test('is refused if it is very long', () => {
    expect(() => parse({ login_hint: 'x'.repeat(2049) })).toThrow(REFUSED);
  });
});

test('every configured scope may be asked for, however long their list is', () => {
  const scopes = ['openid', ...Array.from({ length: 200 }, (_, index) => `https://api.example/scopes/${index}`)];

  expect(parse({ scope: scopes.join(' ') }, { scopes }).scopes).toEqual(scopes);
});
