import { CALLBACK_PATH } from '../../protocol/default-names.ts';
import type { AppLocation, IsolatedCallback } from './isolated-callback.ts';
import type { ConfigurationValues } from './configuration-file.ts';

/** Entries for the client's registration at the authorization server, by the names of docs/quick-start.md. */
export interface RegistrationAdvice {
  readonly clientType: string;
  readonly grantTypes: readonly string[];
  readonly redirectUri: string;
  readonly postLogoutRedirectUri: string;
  readonly corsOrigin: string;
}

/**
 * Returns the entries for the client's registration at the authorization server.
 *
 * @param location where the app is served
 * @param isolated its isolated callback, if it has one
 */
export function adviseRegistration(
  { origin, base }: AppLocation,
  isolated: IsolatedCallback | undefined,
): RegistrationAdvice {
  return {
    clientType: 'public (single-page app), PKCE with S256, no secret; implicit and hybrid off',
    grantTypes: ['authorization_code', 'refresh_token'],
    redirectUri: isolated?.redirectUri ?? `${origin}${base}${CALLBACK_PATH}`,
    postLogoutRedirectUri: origin + base,
    corsOrigin: origin,
  };
}

/** Formats the entries as lines for people. */
export function formatAdvice(advice: RegistrationAdvice, { apis }: Pick<ConfigurationValues, 'apis'>): string {
  const rows: readonly (readonly [string, string])[] = [
    ['client', advice.clientType],
    ['grant types', `${advice.grantTypes.join(', ')} (with rotation)`],
    ['redirect URI', `${advice.redirectUri}, and no other on this origin`],
    ['sign-out redirect URI', advice.postLogoutRedirectUri],
    ['CORS origin', advice.corsOrigin],
  ];
  return [
    'Enter at the authorization server:',
    ...rows.map(([name, value]) => `  ${name.padEnd(22)} ${value}`),
    '',
    `The API (${apis.join(', ')}) must allow that origin and the header`,
    'Authorization, and expose WWW-Authenticate (CORS), unless it is on the same origin.',
    '',
    'A lost session is renewed silently only if the server answers prompt=none with a redirect. If it shows a page',
    'instead, the browser does not go there again by itself. Show a sign-in button while the session is signed out.',
  ].join('\n');
}
