import { beforeEach, describe, expect, test } from 'vitest';
import type { EndSessionAddress, TokenwardOptions } from '../../src/configuration/configuration.ts';
import { fingerprintOf } from '../../src/configuration/fingerprint.ts';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { endSessionUrl, endsServerSession, promptAfterSignOut } from '../../sw/oauth/end-session.ts';
import { Token } from '../../sw/vault/token.ts';
import { APP_ORIGIN, clientOf, createScriptedServer, ISSUER, type ScriptedServer } from '../support/scripted-server.ts';

const ID_TOKEN = new Token('id_token', 'id');
const COGNITO = {
  url: 'https://my-domain.auth.example/logout',
  parameters: { client_id: 'spa', logout_uri: 'https://app.example/' },
};

let server: ScriptedServer;
beforeEach(async () => {
  server = await createScriptedServer();
});

describe('an address that ends the session at the server', () => {
  test.for<[name: string, endSession: EndSessionAddress]>([
    ['Cognito', COGNITO],
    [
      'an older tenant of Auth0',
      {
        url: 'https://tenant.auth.example/v2/logout',
        parameters: { client_id: 'spa', returnTo: 'https://app.example/?a=1&b=2' },
      },
    ],
    ['a server without parameters', { url: 'https://as.example/signout', parameters: {} }],
  ])('gets its own parameters, and no ID token: %s', async ([, endSession]) => {
    const url = await endSessionUrl(clientOf(server, { endSession }), ID_TOKEN);

    expect(url && url.origin + url.pathname).toBe(endSession.url);
    expect(Object.fromEntries(url?.searchParams ?? [])).toEqual(endSession.parameters);
    // The address is known: no metadata are fetched for it.
    expect(server.requests).toEqual([]);
  });

  test('is opened only after a sign-out by the page: a link alone has no hint', async () => {
    expect(await endSessionUrl(clientOf(server, { endSession: COGNITO }), undefined)).toBeUndefined();
  });

  test('is not opened if only the session of the app ends', async () => {
    const context = clientOf(server, { endSession: 'local' });

    expect(await endSessionUrl(context, ID_TOKEN)).toBeUndefined();
    expect(await endsServerSession(context)).toBe(false);
  });

  test.for<[what: string, endSession: unknown]>([
    ['another word', 'never'],
    ['http', { url: 'http://as.example/logout' }],
    ['script', { url: 'javascript:alert(1)' }],
    ['a relative URL', { url: '/logout' }],
    ['a query, which belongs into the parameters', { url: 'https://as.example/logout?client_id=spa' }],
    ['a parameter that is no string', { url: 'https://as.example/logout', parameters: { returnTo: 1 } }],
    ['no URL', { parameters: {} }],
    ['an unknown member', { url: 'https://as.example/logout', method: 'POST' }],
  ])('is refused with the name of the option: %s', ([, endSession]) => {
    const options = { issuer: ISSUER, clientId: 'spa', protectedResources: [{ url: '/api' }], endSession };

    expect(() => parseConfiguration(options, APP_ORIGIN)).toThrow(/"endSession/);
  });

  test('is not in the fingerprint by default', () => {
    const by = (options: Partial<TokenwardOptions>): string =>
      fingerprintOf(
        parseConfiguration(
          { issuer: ISSUER, clientId: 'spa', protectedResources: [{ url: '/api' }], ...options },
          APP_ORIGIN,
        ),
      );

    expect(by({ endSession: 'auto' })).toBe(by({}));
    expect(by({})).not.toMatch(/endSession|promptAfter/);
    expect(by({ endSession: 'local' })).not.toBe(by({}));
  });
});

describe('the prompt of a sign-in after a sign-out', () => {
  test.for<[what: string, options: Partial<TokenwardOptions>, endpoint: unknown, prompt: string | undefined]>([
    [
      'only the app’s session ended',
      { endSession: 'local', promptAfterLocalSignOut: 'login' },
      `${ISSUER}/logout`,
      'login',
    ],
    ['the metadata name no endpoint', { promptAfterLocalSignOut: 'select_account' }, undefined, 'select_account'],
    [
      'the metadata name one that no browser may open',
      { promptAfterLocalSignOut: 'login' },
      'javascript:alert(1)',
      'login',
    ],
    ['the server’s session ended', { promptAfterLocalSignOut: 'login' }, `${ISSUER}/logout`, undefined],
    ['an address of its own ended it', { endSession: COGNITO, promptAfterLocalSignOut: 'login' }, undefined, undefined],
    ['the configuration asks for none', { endSession: 'local' }, undefined, undefined],
  ])('follows from where the session ended: %s', async ([, options, endpoint, prompt]) => {
    server.metadata['end_session_endpoint'] = endpoint;

    expect(await promptAfterSignOut(clientOf(server, options))).toBe(prompt);
  });
});
