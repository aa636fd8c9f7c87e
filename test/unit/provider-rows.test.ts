import { describe, expect, test } from 'vitest';
import { PROVIDERS } from '../../src/cli/setup/providers/index.ts';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { workerOptions } from '../../src/configuration/app-configuration.ts';
import { configurationOf, nameOf } from '../interop/providers/provider-row.ts';
import { PROVIDER_ROWS } from '../interop/providers/rows/index.ts';

describe('the rows of providers in the interoperability run', () => {
  test('are of every profile', () => {
    const profiles = new Set(PROVIDER_ROWS.map(({ profile }) => profile.name));

    expect([...profiles].toSorted()).toEqual(PROVIDERS.map(({ name }) => name).toSorted());
  });

  test('have names of their own', () => {
    const names = PROVIDER_ROWS.map(nameOf);

    expect(new Set(names).size).toBe(names.length);
  });

  test.for(PROVIDER_ROWS.filter(({ variant }) => !variant).map((row) => ({ name: nameOf(row), row })))(
    'expect what the profile says of silent renewals and sign-outs at $name',
    ({ row: { profile, quirks, expected } }) => {
      expect(expected.silentRenewal === undefined).toBe(profile.hasSilentRenewal);
      expect(quirks.endpoints.endSession === undefined ? 'app' : 'provider').toBe(profile.signOut);
    },
  );

  test.for(PROVIDER_ROWS.map((row) => ({ name: nameOf(row), row })))('name sources for $name', ({ row }) => {
    const sources = [...row.sources, ...row.profile.facts.map(({ source }) => source)];

    expect(sources.length).toBeGreaterThan(1);
    for (const source of sources) expect(new URL(source).protocol).toBe('https:');
  });

  test.for(PROVIDER_ROWS.map((row) => ({ name: nameOf(row), row })))(
    'have a configuration without placeholders for $name, and its endpoints for the issuer in it',
    ({ row }) => {
      const configuration = configurationOf(row);
      const parsed = parseConfiguration(workerOptions(configuration), configuration.origin);

      for (const placeholder of Object.keys(row.profile.placeholders).filter((name) => /[A-Z]{2}/.test(name))) {
        expect(JSON.stringify(configuration)).not.toContain(placeholder);
      }
      const published = row.quirks.metadata?.['issuer'] ?? row.quirks.issuer;
      expect(parsed.authorizationServer?.issuer ?? configuration.issuer).toBe(published);
    },
  );
});
