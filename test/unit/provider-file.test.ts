import { describe, expect, test } from 'vitest';
import { formatLiteral } from '../../src/cli/setup/format-literal.ts';
import {
  createProviderFile,
  fillProfile,
  formatProviderAdvice,
  type ProviderValues,
} from '../../src/cli/setup/provider-file.ts';
import { PROVIDERS } from '../../src/cli/setup/providers/index.ts';
import type { Provider } from '../../src/cli/setup/providers/provider.ts';

const APP: ProviderValues = { origin: 'https://app.example', base: '/' };

function find(name: string): Provider {
  const provider = PROVIDERS.find((one) => one.name === name);
  if (provider === undefined) throw new Error(`There is no provider ${name}.`);
  return provider;
}

/** Runs the file of a provider, as a server does. */
async function run(text: string): Promise<unknown> {
  const program = text.replace(/^import .*$/m, 'const defineConfig = (config) => config;');
  const module: unknown = await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(program)}`);
  return module !== null && typeof module === 'object' && 'default' in module ? module.default : undefined;
}

describe('the file of a provider', () => {
  test.for(PROVIDERS)('has the configuration of the profile: $name', async (provider) => {
    const text = createProviderFile(fillProfile(provider, APP), 'module');

    expect(await run(text)).toEqual(provider.configuration);
    expect(text.split('\n').filter((line) => line.length > 130 && !line.startsWith('//'))).toEqual([]);
  });

  test('has the values of the app in their places', async () => {
    const values = {
      origin: 'https://notes.example',
      base: '/app/',
      issuer: 'https://cognito-idp.eu-west-1.amazonaws.com/pool',
      clientId: "o'brien",
      apis: ['https://one.example/v1', 'https://two.example'],
    };

    const config = await run(createProviderFile(fillProfile(find('cognito'), values), 'module'));

    expect(config).toMatchObject({
      origin: 'https://notes.example',
      base: '/app/',
      issuer: values.issuer,
      clientId: "o'brien",
      protectedResources: [{ url: 'https://one.example/v1' }, { url: 'https://two.example' }],
      endSession: { parameters: { client_id: "o'brien", logout_uri: 'https://notes.example/app/' } },
    });
  });

  test('says what is left to replace, and nothing else', () => {
    const profile = fillProfile(find('okta'), { ...APP, clientId: 'spa', apis: ['https://notes.example'] });

    expect(profile.placeholders.map(([placeholder]) => placeholder)).toEqual([
      'ORG.okta.com/oauth2/default',
      'notes:read',
    ]);
    expect(createProviderFile(profile, 'typescript')).toContain(
      '// Replace:\n//   ORG.okta.com/oauth2/default: the issuer of the authorization server\n',
    );
  });

  test('has URLs of the app itself in what to enter there', () => {
    const local = fillProfile(find('okta'), { origin: 'http://localhost:5173', base: '/app/' });
    const isolated = fillProfile(find('okta'), { ...APP, redirectUri: 'https://signin.app.example/' });

    expect(local.register).toEqual(
      expect.arrayContaining([
        { setting: 'Sign-in redirect URIs', value: 'http://localhost:5173/app/auth/callback' },
        { setting: 'Sign-out redirect URIs', value: 'http://localhost:5173/app/' },
        { setting: 'Security, API, Trusted Origins', value: 'http://localhost:5173, with CORS' },
      ]),
    );
    expect(isolated.register).toContainEqual({
      setting: 'Sign-in redirect URIs',
      value: 'https://signin.app.example/',
    });
    expect(isolated.options).toMatchObject({ redirectUri: 'https://signin.app.example/' });
  });

  test('keeps the strict policy if the API is not on the origin of the provider', () => {
    const beside = fillProfile(find('gitlab'), APP);
    const own = fillProfile(find('gitlab'), { ...APP, apis: ['https://notes.example'] });

    expect(beside.options).toMatchObject({ pages: { authorizationServerPaths: 'allow' } });
    expect(own.options).not.toHaveProperty('pages');
  });

  test('is refused with an isolated callback where the provider posts its response', () => {
    const values = { ...APP, redirectUri: 'https://signin.app.example/' };

    expect(() => fillProfile(find('apple'), values)).toThrow(/Apple posts its response as a form/);
    expect(() => fillProfile(find('google'), values)).not.toThrow();
  });

  test('has no place for a client secret: the advice says where it belongs', () => {
    const secrets = PROVIDERS.filter(({ relay }) => relay !== undefined);

    for (const provider of secrets) {
      expect(createProviderFile(fillProfile(provider, APP), 'module')).not.toMatch(/clientSecret|CLIENT_SECRET/);
      expect(formatProviderAdvice(fillProfile(provider, APP)).join('\n')).toContain(
        "createTokenward(config, { relay: { clientSecret: process.env.CLIENT_SECRET, authentication: 'client_secret_post' } })",
      );
    }
    expect(secrets.map(({ name }) => name)).toEqual(['google', 'github', 'slack', 'apple']);
  });

  test.for([
    ['okta', 'A lost session is renewed silently. If'],
    ['github', 'A lost session is not renewed silently: '],
  ] as const)('comes with what a lost session does: %s', ([name, sentence]) => {
    const advice = formatProviderAdvice(fillProfile(find(name), APP)).join('\n');

    expect(advice).toContain(sentence);
    expect(advice).toContain('the browser does not go there again by itself');
    expect(advice).not.toContain('`');
  });
});

describe('a literal', () => {
  test.for<[value: unknown, text: string]>([
    ["it's \\ here", "'it\\'s \\\\ here'"],
    [true, 'true'],
    [7, '7'],
    [null, 'null'],
    [[], '[]'],
    [{}, '{}'],
    [{ a: [1, 'b'], 'c-d': {} }, "{ a: [1, 'b'], 'c-d': {} }"],
    [
      { long: 'x'.repeat(60), list: ['y'.repeat(50), 'z'.repeat(50)] },
      `{\n  long: '${'x'.repeat(60)}',\n  list: [\n    '${'y'.repeat(50)}',\n    '${'z'.repeat(50)}',\n  ],\n}`,
    ],
  ])('is JavaScript that a person would write: %j', ([value, text]) => {
    expect(formatLiteral(value)).toBe(text);
  });
});
