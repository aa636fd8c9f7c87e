import { CALLBACK_PATH } from '../../protocol/default-names.ts';
import { quote } from './format-literal.ts';

/** Values that the configuration contains. */
export interface ConfigurationValues {
  readonly issuer: string;
  readonly clientId: string;
  readonly apis: readonly string[];
  /** Origin of the app. */
  readonly origin: string;
  /** Path of the app; `/` by default. */
  readonly base?: string;
  /** The redirect URI, where it is on an origin of its own. */
  readonly redirectUri?: string;
}

/** Placeholder values that the configuration contains until the user enters the app's own. */
export const EXAMPLE: Pick<ConfigurationValues, 'issuer' | 'clientId' | 'apis'> = {
  issuer: 'https://login.example',
  clientId: 'my-app',
  apis: ['https://api.example/v1'],
};

/** Language of the file, which depends on the app. */
export type ConfigurationFormat = 'typescript' | 'module' | 'commonjs';

/** Returns the name of the file. */
export function configurationName(format: ConfigurationFormat): string {
  return `tokenward.config.${format === 'typescript' ? 'ts' : 'js'}`;
}

/**
 * Returns the text of a configuration around its options.
 *
 * @param comments lines that say what the file is about
 * @param options lines of the options
 */
export function formatFrame(format: ConfigurationFormat, comments: readonly string[], options: string): string {
  const [begin, end] =
    format === 'commonjs'
      ? ["const { defineConfig } = require('tokenward/config');", 'module.exports =']
      : ["import { defineConfig } from 'tokenward/config';", 'export default'];
  return `${begin}

// This file is the whole configuration of Tokenward. Nothing that a page sends can change it.
${comments.map((comment) => `// ${comment}\n`).join('')}${end} defineConfig({
${options}
});
`;
}

/** Returns the origin as an expression: a server may have another one in its environment. */
export function formatOrigin(origin: string, format: ConfigurationFormat): string {
  // A TypeScript app need not know the types of Node.
  return format === 'typescript' ? quote(origin) : `process.env.ORIGIN ?? ${quote(origin)}`;
}

/** Returns the text of the app's one configuration. */
export function createConfigurationFile(values: ConfigurationValues, format: ConfigurationFormat): string {
  const { issuer, clientId, apis, origin, base = '/', redirectUri } = values;
  const options = `  // The app, as browsers see it.
  origin: ${formatOrigin(origin, format)},

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

  // Origins of the authorization server besides the issuer's, such as that of its token endpoint.
  // authorizationServers: ['https://tokens.login.example'],

  // Origins that the pages connect to besides the protected resources.
  // pages: { connections: ['https://cdn.example'] },

  // Bind tokens to a key of the session (RFC 9449), if the server supports it.
  // dpop: 'required',`;
  return formatFrame(format, [], options);
}
