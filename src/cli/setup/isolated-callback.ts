import { CALLBACK_PATH } from '../../protocol/default-names.ts';
import { parseCallbackOptions } from '../../server/callback-document.ts';
import { proposeRedirectUri } from '../callback/propose-redirect-uri.ts';

/** Place of an app, for its redirect URI. */
export interface AppLocation {
  /** The origin at which the app is served. */
  readonly origin: string;
  /** The path of the app on it. */
  readonly base: string;
}

/** A redirect URI on an origin of its own, for an app. */
export interface IsolatedCallback {
  readonly redirectUri: string;
  readonly appCallback: string;
}

/**
 * Chooses the isolated callback of an app.
 *
 * @param wanted the redirect URI, or `true` for the proposed one; `undefined` without an isolated callback
 * @throws TypeError if the redirect URI is not usable
 */
export function chooseIsolatedCallback(
  wanted: string | true | undefined,
  { origin, base }: AppLocation,
): IsolatedCallback | undefined {
  if (wanted === undefined) return undefined;
  const redirectUri = wanted === true ? proposeRedirectUri(origin) : new URL(wanted).href;
  const appCallback = `${origin}${base}${CALLBACK_PATH}`;
  parseCallbackOptions({ redirectUri, appCallback });
  return { redirectUri, appCallback };
}

/** Offers the isolated callback to an app that has none. */
export function formatOffer({ origin }: AppLocation): readonly string[] {
  return [
    '',
    `An isolated callback (redirect URI ${proposeRedirectUri(origin)}) keeps the code of every sign-in from script in the page:`,
    'npx tokenward init --isolated-callback (docs/deployment/README.md, "An isolated callback").',
  ];
}

/**
 * Describes how the isolated callback is served.
 *
 * @param server server of the app in development
 */
export function formatIsolatedCallback(
  { redirectUri, appCallback }: IsolatedCallback,
  server: 'plugin' | 'other',
): readonly string[] {
  const files = `npx tokenward callback --app ${appCallback} --redirect-uri ${redirectUri} --out callback`;
  if (redirectUri.startsWith('https:'))
    return ['', 'The files of the isolated callback, for a host or server of its own:', `  ${files}`];
  return [
    '',
    server === 'plugin'
      ? `The plugin serves the isolated callback at ${redirectUri}.`
      : `The process that serves the app must listen at ${redirectUri} too, with createCallbackHandler() of tokenward/server.`,
  ];
}
