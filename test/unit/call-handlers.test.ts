import { describe, expect, test } from 'vitest';
import { createCallHandlers } from '../../sw/rpc/call-handlers.ts';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { parseReturnTo } from '../../sw/navigation/return-to.ts';
import { parseAuthorizationRequest } from '../../sw/oauth/parse-authorization-request.ts';
import { parseRenewalHint } from '../../sw/oauth/renewal-request.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';

const configuration = parseConfiguration(
  {
    issuer: 'https://as.example',
    clientId: 'spa',
    protectedResources: [{ url: 'https://api.example/v1' }],
    parametersFromPage: ['login_hint', 'acr_values'],
    scopesFromPage: ['notes:write'],
  },
  'https://app.example',
);

const notAsked = (): never => {
  throw new Error('This is not asked for here.');
};

const { prepareAuthorization } = createCallHandlers({
  configuration,
  session: {
    view: notAsked,
    recover: notAsked,
    signOuts: notAsked,
    start: notAsked,
    signOut: notAsked,
  },
  flow: { processResponse: notAsked, popupEnd: notAsked },
  parseReturnTo: (value) => parseReturnTo(value, { origin: 'https://app.example', base: '/', warn: () => {} }),
  parseRenewalHint: (hint) => parseRenewalHint(hint, configuration),
  checkLogin: async (query) => {
    parseAuthorizationRequest(configuration, query, { returnTo: '/' });
  },
  adopt: notAsked,
  explain: notAsked,
  watch: notAsked,
  endUnregistered: notAsked,
  userInfo: notAsked,
  clearCaches: notAsked,
  checkLogout: notAsked,
  noteLimits: notAsked,
  claimClients: notAsked,
  takeOver: notAsked,
});

/** Where `login()` leads, by the name of each parameter. */
async function loginWith(options: unknown): Promise<Readonly<Record<string, string>>> {
  const { url } = await prepareAuthorization(options);
  return Object.fromEntries(new URL(url, 'https://app.example').searchParams);
}

describe('login()', () => {
  test('turns each option into a parameter of the login endpoint', async () => {
    expect(
      await loginWith({
        returnTo: '/notes',
        scopes: ['openid', 'notes:write'],
        acrValues: ['urn:mfa', 'urn:password'],
        maxAge: 300,
        prompt: 'none',
        parameters: { login_hint: 'ada' },
      }),
    ).toEqual({
      returnTo: '/notes',
      scope: 'openid notes:write',
      acr_values: 'urn:mfa urn:password',
      max_age: '300',
      prompt: 'none',
      login_hint: 'ada',
    });
    expect(await loginWith({ silent: true })).toEqual({ prompt: 'none' });
    expect(await loginWith({ silent: false, returnTo: undefined })).toEqual({});
  });

  test('goes back to an address of any length', async () => {
    const returnTo = `/notes?${'q'.repeat(10_240)}#${'f'.repeat(102_400)}`;

    expect(await loginWith({ returnTo })).toEqual({ returnTo });
    expect(await loginWith({ returnTo: `/notes?${'q'.repeat(200_000)}` })).toEqual({ returnTo: '/notes' });
    expect(await loginWith({ returnTo: `/x\ud800?${'ä'.repeat(4096)}` })).toEqual({
      returnTo: `/x%EF%BF%BD?${'%C3%A4'.repeat(4096)}`,
    });
  });

  test.for(['login_hint', 'acr_values'])('refuses %s that is too long, by its name and the limit', async (name) => {
    const refusal = loginWith({ parameters: { [name]: 'x'.repeat(2049) } });

    await expect(refusal).rejects.toMatchObject({
      code: 'request_invalid',
      message: expect.stringMatching(new RegExp(`"${name}" has 2049 characters, and 2048 are allowed`)),
    });
    await expect(refusal).rejects.toMatchObject({ message: expect.stringMatching(WHAT_TO_DO) });
    expect(await loginWith({ parameters: { [name]: 'x'.repeat(2048) } })).toHaveProperty(name);
  });

  test('accepts the challenge of a protected resource unchanged', async () => {
    const challenge = { error: 'insufficient_scope', url: 'https://api.example/v1/notes', scopes: ['notes:write'] };

    expect(await loginWith(challenge)).toEqual({ scope: 'notes:write' });
  });

  test.for<[option: string, wrong: readonly unknown[]]>([
    ['returnTo', [7, null, {}, ['/']]],
    ['silent', ['yes', 1, null, {}]],
    ['prompt', [7, null, ['login']]],
    ['acrValues', ['', 'urn:mfa', 7, [7], {}]],
    ['maxAge', [null, {}, [300]]],
    ['scopes', ['notes:write', 7, [7], {}, [['notes:write']]]],
    ['parameters', ['login_hint', 7, null, [], { login_hint: 7 }, { login_hint: null }]],
  ])('refuses %s of another type, by its name, before the page leaves', async ([option, wrong]) => {
    for (const value of wrong) {
      await expect(loginWith({ [option]: value }), String(value)).rejects.toMatchObject({
        code: 'request_invalid',
        message: expect.stringMatching(`"${option}"`),
      });
      await expect(loginWith({ [option]: value })).rejects.toMatchObject({
        message: expect.stringMatching(WHAT_TO_DO),
      });
    }
  });

  test.for([undefined, null, 'x', 7, []])('refuses %j instead of its options', async (options) => {
    await expect(loginWith(options)).rejects.toMatchObject({ code: 'request_invalid' });
  });

  test.for([
    { maxAge: -1 },
    { maxAge: 1.5 },
    { maxAge: Number.NaN },
    { prompt: 'login' },
    { scopes: ['notes:delete'] },
    { parameters: { connection: 'x' } },
    { parameters: { redirect_uri: 'https://evil.test' } },
  ])('refuses what the configuration does not allow: %j', async (options) => {
    await expect(loginWith(options)).rejects.toMatchObject({ code: 'request_invalid' });
  });
});
