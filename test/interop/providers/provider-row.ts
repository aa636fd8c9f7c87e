import type { ErrorCode } from 'tokenward';
import type { TokenwardConfig } from 'tokenward/config';
import type { Provider } from '../../../src/cli/setup/providers/provider.ts';
import type { Members, Quirks } from './quirks.ts';

/** Row of the table: a provider, with the configuration that its profile gives, and the results of the two. */
export interface ProviderRow {
  readonly profile: Provider;
  /** Variant of the provider that the limits of the profile name, and the lines that it needs. */
  readonly variant?: { readonly name: string; readonly configuration: Partial<TokenwardConfig> };
  /** Documents that say what the quirks say, besides those of the profile. */
  readonly sources: readonly string[];
  readonly quirks: Quirks;
  readonly expected: Expected;
  /** Whether the app uses the relay that the profile asks for; absent if it asks for none. */
  readonly relay?: 'used' | 'left out';
}

/** Results of the steps. */
export interface Expected {
  /** Error of each sign-in that leaves out the relay. */
  readonly refusal?: ErrorCode;
  /** Claims of ID tokens that must be refused, besides another issuer; none by default. */
  readonly forgeries?: readonly Members[];
  /** Claims of the session; the `sub` of the user by default. */
  readonly claims?: Members;
  /** Parameters that the authorization request must have. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Parameters that the page gives to `login()`. */
  readonly pageParameters?: Readonly<Record<string, string>>;
  /** Result of a refresh, if there is no refresh token. */
  readonly refresh?: 'no refresh token';
  /**
   * Result of a silent request: the session comes back by default; the server refuses it, or shows a page, or the request is not sent at
   * all.
   */
  readonly silentRenewal?: 'consent_required' | 'page' | 'not sent';
}

/** Values of the placeholders of the profiles. */
const VALUES: Readonly<Record<string, string>> = {
  'TENANT.REGION.auth0.com': 'notes.eu.auth0.com',
  'ORG.okta.com': 'notes.okta.com',
  'ORG.okta.com/oauth2/default': 'notes.okta.com/oauth2/default',
  'MY_DOMAIN.my.salesforce.com': 'notes.my.salesforce.com',
  'CLIENT_ID.apps.googleusercontent.com': 'notes-app.apps.googleusercontent.com',
  TENANT_ID: '72f988bf-0000-4000-8000-000000000000',
  TENANT_NAME: 'notes',
  API_IDENTIFIER: 'https://notes-api.example',
  API_ID: '2f5d6c1e-0000-4000-8000-000000000000',
  CLIENT_ID: 'notes-app',
  POLICY: 'B2C_1_sign_in',
  REGION: 'eu-west-1',
  USER_POOL_ID: 'eu-west-1_Notes',
  DOMAIN_PREFIX: 'notes',
  REALM: 'notes',
};

/** Returns the configuration of a row, with values in place of its placeholders. */
export function configurationOf({ profile, variant, relay }: ProviderRow): TokenwardConfig {
  const options = { ...profile.configuration, ...variant?.configuration };
  let text = JSON.stringify({ ...options, relay: relay === 'left out' ? undefined : options.relay });
  for (const name of Object.keys(profile.placeholders).toSorted((one, other) => other.length - one.length)) {
    const value = VALUES[name] ?? name;
    if (/[A-Z]/.test(value) && value === name) throw new Error(`There is no value for ${name}.`);
    text = text.replaceAll(name, value);
  }
  return JSON.parse(text);
}

/** Returns the name of a row. */
export function nameOf({ profile, variant, relay }: ProviderRow): string {
  const parts = [profile.title, variant?.name, relay === 'left out' ? 'without the relay' : undefined];
  return parts.filter((part) => part !== undefined).join(', ');
}

/** Returns two rows of one that needs the relay: without it, no sign-in is possible. */
export function withAndWithoutRelay(row: ProviderRow): readonly ProviderRow[] {
  const { refusal, ...expected } = row.expected;
  if (refusal === undefined) return [row];
  return [
    { ...row, relay: 'used', expected },
    { ...row, relay: 'left out' },
  ];
}
