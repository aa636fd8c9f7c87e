import { CALLBACK_PATH } from '../../protocol/default-names.ts';
import { type ConfigurationFormat, formatFrame, formatOrigin } from './configuration-file.ts';
import { formatMember } from './format-literal.ts';
import type { AppLocation } from './isolated-callback.ts';
import { APP, type Provider, type Registration, SIGNED_OUT_URI } from './providers/provider.ts';

/** Values of an app that replace those of a profile. A placeholder stays where there is none. */
export interface ProviderValues extends AppLocation {
  readonly issuer?: string | undefined;
  readonly clientId?: string | undefined;
  readonly apis?: readonly string[] | undefined;
  /** The redirect URI, where it is on an origin of its own. */
  readonly redirectUri?: string | undefined;
}

/** Profile of a provider, with the values of an app. */
export interface FilledProfile {
  readonly provider: Provider;
  /** Options of the configuration. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Settings to enter at the provider. */
  readonly register: readonly Registration[];
  /** Placeholders that are left, with their meaning. */
  readonly placeholders: readonly (readonly [placeholder: string, meaning: string])[];
}

/** Placeholder of the app's own API. */
const API: readonly [string, string] = [APP.protectedResources[0].url, 'the URL of your API'];

/**
 * Fills the profile of a provider with the values of an app.
 *
 * @throws Error if the provider posts its response as a form, and the app has an isolated callback
 */
export function fillProfile(provider: Provider, values: ProviderValues): FilledProfile {
  const { origin, base, redirectUri } = values;
  if (redirectUri !== undefined && provider.configuration.responseMode === 'form_post') {
    throw new Error(`${provider.title} posts its response as a form, which an isolated callback does not accept.`);
  }
  const options = fillOptions(provider, values);
  const text = JSON.stringify(options);
  const callback = redirectUri ?? `${origin}${base}${CALLBACK_PATH}`;
  return {
    provider,
    options,
    register: provider.register.map(({ setting, value }) => ({ setting, value: replaceUrls(value, values, callback) })),
    placeholders: [...Object.entries(provider.placeholders), API].filter(([placeholder]) => text.includes(placeholder)),
  };
}

function fillOptions({ configuration }: Provider, values: ProviderValues): FilledProfile['options'] {
  const { origin: _, issuer, clientId, openid, scopes, protectedResources, pages, ...others } = configuration;
  const resources = values.apis?.map((url) => ({ url })) ?? protectedResources;
  // The weaker policy is for an API on the origin of the authorization server only.
  const isBeside = resources.some(({ url }) => new URL(url).origin === new URL(issuer).origin);
  const options = {
    origin: values.origin,
    base: values.base === '/' ? undefined : values.base,
    openid,
    issuer: values.issuer ?? issuer,
    clientId,
    scopes,
    protectedResources: resources,
    redirectUri: values.redirectUri,
    ...others,
    pages: isBeside ? pages : undefined,
  };
  const replaced = new Map([
    [SIGNED_OUT_URI, values.origin + values.base],
    [clientId, values.clientId ?? clientId],
  ]);
  const present = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    present.map(([name, value]) => [name, replaceTexts(value, (text) => replaced.get(text) ?? text)]),
  );
}

/** Replaces the texts in plain data. */
function replaceTexts(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === 'string') return replace(value);
  if (Array.isArray(value)) return value.map((element: unknown) => replaceTexts(element, replace));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, replaceTexts(member, replace)]));
}

/** Replaces the URLs of the app of the profiles by those of the user's app. */
function replaceUrls(text: string, { origin, base }: AppLocation, callback: string): string {
  return text.replaceAll(/https:\/\/app\.example(\/auth\/callback|\/auth\/|\/)?/g, (_url, path: string | undefined) => {
    if (path === `/${CALLBACK_PATH}`) return callback;
    return path === undefined ? origin : `${origin}${base}${path.slice(1)}`;
  });
}

/** Returns the text of the app's one configuration, for a provider. */
export function createProviderFile(profile: FilledProfile, format: ConfigurationFormat): string {
  const { provider, options, register, placeholders } = profile;
  const comments = [
    ...(placeholders.length === 0 ? [] : ['Replace:']),
    ...placeholders.map(([placeholder, meaning]) => `  ${placeholder}: ${meaning}`),
    `Enter at ${provider.title}:`,
    ...register.map(({ setting, value }) => `  ${setting}: ${withoutMarks(value)}`),
  ];
  return formatFrame(format, comments, formatOptions(options, format));
}

/** Returns the lines of the options, with the origin as the environment of the server may have it. */
export function formatOptions(options: FilledProfile['options'], format: ConfigurationFormat): string {
  const lines = Object.entries(options).map(([name, value]) =>
    name === 'origin' ? `  origin: ${formatOrigin(String(value), format)},` : formatMember(name, value, '  '),
  );
  return lines.join('\n');
}

/** Whether the provider posts its response as a form. An isolated callback does not accept that. */
export function postsForm(profile: FilledProfile | undefined): boolean {
  return profile?.options['responseMode'] === 'form_post';
}

/** Returns the profile for programs. */
export function describeProfile({
  provider,
  register,
  placeholders,
}: FilledProfile): Readonly<Record<string, unknown>> {
  const { name, limits } = provider;
  return { name, register, limits, placeholders: placeholders.map(([placeholder]) => placeholder) };
}

/** Formats what a user enters at the provider, and what does not work there, as lines for people. */
export function formatProviderAdvice({ provider, register }: FilledProfile): readonly string[] {
  const { title, limits, relay, hasSilentRenewal } = provider;
  const width = Math.max(...register.map(({ setting }) => setting.length));
  return [
    `Enter at ${title}:`,
    ...register.map(({ setting, value }) => `  ${setting.padEnd(width)}  ${withoutMarks(value)}`),
    '',
    ...(relay === undefined ? [] : [...formatRelay(relay), '']),
    `Limits of ${title} (docs/providers.md):`,
    ...limits.map((limit) => `  ${withoutMarks(limit)}`),
    '',
    hasSilentRenewal
      ? 'A lost session is renewed silently. If the server shows a page instead, the browser does not go there again by itself.'
      : 'A lost session is not renewed silently: the server may show a page, and the browser does not go there again by itself.',
    'Show a sign-in button while the session is signed out.',
  ];
}

function formatRelay({ authentication }: NonNullable<Provider['relay']>): readonly string[] {
  return [
    'Give the client secret to the server of the app, and never to the configuration, which every browser gets:',
    `  createTokenward(config, { relay: { clientSecret: process.env.CLIENT_SECRET, authentication: '${authentication}' } })`,
  ];
}

/** Removes the marks around code, which are for the documentation. */
function withoutMarks(text: string): string {
  return text.replaceAll('`', '');
}
