import { describe, expect, test } from 'vitest';
import { toAuthorizationOptions } from '../../src/compat/auth0/login-options.ts';
import type { Auth0ClientOptions } from '../../src/compat/auth0/options.ts';

const CLIENT: Auth0ClientOptions = {
  domain: 'tenant.example',
  clientId: 'my-app',
  useRefreshTokens: true,
  authorizationParams: { scope: 'profile', audience: 'https://api.example', redirect_uri: 'https://app.example' },
};

describe('the parameters of a sign-in', () => {
  test('are none where the call gives none, whatever the client was made with', () => {
    expect(toAuthorizationOptions({}, CLIENT)).toEqual({});
  });

  test('have the names of login() where it has one', () => {
    const parameters = { prompt: 'login', max_age: '60', acr_values: 'gold silver' } as const;

    expect(toAuthorizationOptions(parameters, CLIENT)).toEqual({
      prompt: 'login',
      maxAge: 60,
      acrValues: ['gold', 'silver'],
    });
  });

  test('pass on what the authorization server knows, as text', () => {
    const parameters = { login_hint: 'ada@example.org', connection: 'saml', level: 2, nested: { not: 'text' } };

    expect(toAuthorizationOptions(parameters, CLIENT)).toEqual({
      parameters: { login_hint: 'ada@example.org', connection: 'saml', level: '2' },
    });
  });

  test('never hold what the worker alone decides', () => {
    const parameters = {
      audience: 'https://evil.test',
      client_id: 'other',
      id_token_hint: 'hint',
      redirect_uri: 'https://evil.test',
      response_mode: 'fragment',
      response_type: 'token',
    };

    expect(toAuthorizationOptions(parameters, CLIENT)).toEqual({});
  });

  test('add scopes to those of the client, and keep the refresh token', () => {
    expect(toAuthorizationOptions({ scope: 'notes:read profile' }, CLIENT).scopes).toEqual([
      'openid',
      'profile',
      'offline_access',
      'notes:read',
    ]);
    expect(toAuthorizationOptions({ scope: 'notes:read' }, {}).scopes).toEqual(['openid', 'notes:read']);
  });
});
