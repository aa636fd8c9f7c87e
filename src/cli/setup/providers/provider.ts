import { CALLBACK_PATH, ENDPOINT_FOLDER } from '../../../protocol/default-names.ts';
import type { TokenwardConfig } from '../../../configuration/app-configuration.ts';

/** Fact about a provider that the profile follows from. */
export interface ProviderFact {
  readonly fact: string;
  /** URL of the page that says so, in the provider's documentation or its source. */
  readonly source: string;
}

/** Setting of a client at a provider. */
export interface Registration {
  /** Name of the setting, as the provider calls it. */
  readonly setting: string;
  readonly value: string;
}

/** Profile of a provider: what an app enters there, and its configuration. */
export interface Provider {
  /** Name for the command line, in kebab case. */
  readonly name: string;
  readonly title: string;
  /** Meaning of each placeholder of the configuration, by its text. */
  readonly placeholders: Readonly<Record<string, string>>;
  /** Configuration of an app, with the placeholders in it: plain data, as `defineConfig()` takes it. */
  readonly configuration: TokenwardConfig;
  /** Options of the relay on the server besides the client secret, as `createTokenward()` takes them; absent without a relay. */
  readonly relay?: { readonly authentication: 'client_secret_post' };
  /** Condition under which the provider issues refresh tokens, in a few words. */
  readonly refreshTokens: string;
  /** Whether the provider answers `prompt=none` with a redirect, so that a lost session is renewed silently. */
  readonly hasSilentRenewal: boolean;
  /** Session that a sign-out ends: also that at the provider, or that of the app alone. */
  readonly signOut: 'provider' | 'app';
  /** Settings to enter at the provider, for an app at `https://app.example`. */
  readonly register: readonly Registration[];
  /** Sentences that say what does not work, and why. */
  readonly limits: readonly string[];
  /** Reason why the provider cannot be used at all; absent where it can. */
  readonly impossible?: string;
  readonly facts: readonly ProviderFact[];
}

/** Values that are the same in every profile, until the user replaces them. */
export const APP = {
  origin: 'https://app.example',
  protectedResources: [{ url: 'https://api.example/v1' }],
} as const;

/** Redirect URI of an app with that origin. */
export const REDIRECT_URI: string = `https://app.example/${CALLBACK_PATH}`;

/** URL that begins a sign-in. */
export const LOGIN_URI: string = `https://app.example/${ENDPOINT_FOLDER}/login`;

/** URL to which the app returns after a sign-out. */
export const SIGNED_OUT_URI = 'https://app.example/';
