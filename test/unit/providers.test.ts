import { describe, expect, test } from 'vitest';
import { PROVIDERS } from '../../src/cli/setup/providers/index.ts';
import { deployApp } from '../../src/server/app-deployment.ts';
import { createRelay } from '../../src/server/relay/relay.ts';

describe('the profile of a provider', () => {
  test('has a name of its own in kebab case', () => {
    const names = PROVIDERS.map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toEqual([]);
  });

  test.for(PROVIDERS)('of $name is a configuration that the worker and the server accept', (profile) => {
    const { configuration, relay } = profile;
    const secrets = relay && { clientSecret: 'the-secret-of-this-client-at-the-provider', ...relay };

    expect(() => deployApp(configuration, { createRelay: (setup) => createRelay(setup, secrets) })).not.toThrow();
    expect(secrets !== undefined).toBe(configuration.relay === true);
  });

  test.for(PROVIDERS)('of $name is plain data', ({ configuration }) => {
    expect(JSON.parse(JSON.stringify(configuration))).toEqual(configuration);
  });

  test.for(PROVIDERS)('of $name explains each placeholder, and has it in its configuration', (profile) => {
    const { configuration, placeholders } = profile;
    const text = JSON.stringify(configuration);

    expect(Object.keys(placeholders).filter((placeholder) => !text.includes(placeholder))).toEqual([]);
    const known = Object.keys(placeholders).reduce((left, placeholder) => left.replaceAll(placeholder, ''), text);
    expect(known).not.toMatch(/\b[A-Z]{2,}(?:_[A-Z]+)*\b/);
  });

  test.for(PROVIDERS)(
    'of $name says what to register, what does not work, and by which pages that is known',
    (profile) => {
      const { register, limits, facts } = profile;

      expect(register.length).toBeGreaterThan(1);
      expect(limits.length).toBeGreaterThan(0);
      expect(facts.filter(({ source }) => new URL(source).protocol !== 'https:')).toEqual([]);
      expect(facts.length).toBeGreaterThan(1);
    },
  );

  test.for(PROVIDERS.filter(({ configuration }) => configuration.redirectUri === undefined))(
    'of $name names the redirect URI of the configuration',
    ({ register }) => {
      expect(register.some(({ value }) => value.startsWith('https://app.example/auth/callback'))).toBe(true);
    },
  );
});
