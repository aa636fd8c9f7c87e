import type { ConfigFunction, TokenwardConfig } from './app-configuration.ts';

export type {
  AppOptions,
  ConfigContext,
  ConfigFunction,
  TokenwardConfig,
  WorkerFileOptions,
} from './app-configuration.ts';
export type {
  AuthorizationServerMetadata,
  AuthorizationServerOptions,
  UserInfoOptions,
} from './authorization-server.ts';
export type { ClaimNames } from './claims-request.ts';
export type { ProtectedResourceOptions, SessionOptions, TokenwardOptions } from './configuration.ts';
export type { PageOptions } from './page-options.ts';

/**
 * Returns the configuration as it is, with its type, so that an editor completes and checks it.
 *
 * @param config the configuration of the app, or a function that returns it for a host
 * @example
 * // tokenward.config.js
 * export default defineConfig({
 *   origin: 'https://app.example',
 *   issuer: 'https://login.example',
 *   clientId: 'my-app',
 *   protectedResources: [{ url: 'https://api.example/v1' }],
 * });
 */
export function defineConfig<T extends TokenwardConfig | ConfigFunction>(config: T): T {
  return config;
}
