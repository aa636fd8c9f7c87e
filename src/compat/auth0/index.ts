export { Auth0Client, createAuth0Client } from './client.ts';
export { AuthenticationError, GenericError } from './error.ts';
export type {
  AppState,
  Auth0ClientOptions,
  AuthorizationParams,
  GetTokenSilentlyOptions,
  IdToken,
  LogoutOptions,
  RedirectLoginOptions,
  RedirectLoginResult,
  TokenResponse,
  User,
} from './options.ts';
