import { CALLBACK_PATH, LIBRARY_FILE } from '../../protocol/default-names.ts';
/** Values that the worker file contains. */
export interface WorkerFileOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly apis: readonly string[];
  /** Path of the app; `/` by default. */
  readonly base?: string;
  /** The redirect URI, where it is on an origin of its own. */
  readonly redirectUri?: string;
}

/** Placeholder values that the worker file contains until the user enters the app's own. */
export const EXAMPLE: WorkerFileOptions = {
  issuer: 'https://login.example',
  clientId: 'my-app',
  apis: ['https://api.example/v1'],
};

/** Returns the text of the app's own worker file. It loads the library from the same folder. */
export function createWorkerFile({ issuer, clientId, apis, base = '/', redirectUri }: WorkerFileOptions): string {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return `/// <reference types="tokenward/sw/standalone" />
// This file is the whole configuration of Tokenward. Nothing that a page sends can change it.
// Update ${LIBRARY_FILE} to the installed package: npx tokenward sync
importScripts('./${LIBRARY_FILE}');

tokenward.start({
  // The authorization server, exactly as in its /.well-known/openid-configuration.
  issuer: ${quote(issuer)},

  // A public client of that server (single-page app, no secret).
  clientId: ${quote(clientId)},

${base === '/' ? '' : `  // The path below which the app is served. The worker and its endpoints are there.\n  base: ${quote(base)},\n\n`}  // Resources that get the access token: exactly this origin, this path, and everything below it.
  protectedResources: [${apis.map((url) => `{ url: ${quote(url)} }`).join(', ')}],

  // Scopes to request. With offline_access the server issues a refresh token.
  scopes: ['openid', 'profile', 'offline_access'],

  // The URL to which the authorization server sends users back. Register exactly this URL there.
  ${redirectUri === undefined ? `// redirectUri: ${quote(`${base}${CALLBACK_PATH}`)}` : `redirectUri: ${quote(redirectUri)}`},

  // Parameters of every authorization request, such as the audience that some servers require.
  // authorizationParameters: { audience: 'https://api.example' },

  // Parameters that pages may set with login().
  // parametersFromPage: ['login_hint', 'ui_locales'],

  // Bind tokens to a key of the session (RFC 9449), if the server supports it.
  // dpop: 'required',

  // The response to a request to a protected resource when no user is signed in: by default that of the API, here a 401.
  // withoutSession: 'problem',
});
`;
}
