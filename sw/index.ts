import type { TokenwardOptions } from '../src/configuration/configuration.ts';
import { start } from './start.ts';
import { createTokenward, type Tokenward } from './tokenward.ts';
import type { Session } from '../src/protocol/session.ts';

export type {
  AuthorizationServerMetadata,
  AuthorizationServerOptions,
  UserInfoOptions,
} from '../src/configuration/authorization-server.ts';
export type {
  AlarmAction,
  CachePolicy,
  OwnAuthorization,
  Precedence,
  ProtectedResourceOptions,
  SessionOptions,
  PushedAuthorizationRequests,
  RedirectPolicy,
  ReflectionPolicy,
  ResponseMode,
  ResponseType,
  TokenwardOptions,
  WithoutSecret,
  WithoutSession,
} from '../src/configuration/configuration.ts';
export type { ClaimNames } from '../src/configuration/claims-request.ts';
export type { Tokenward, WorkerFetchOptions } from './tokenward.ts';
export type { Destination, RenewOn } from '../src/protocol/explanation.ts';
export type { ErrorCode, ErrorPhase } from '../src/protocol/error-codes.ts';
export { isTokenwardError, type SerializedError, TokenwardError } from '../src/protocol/error.ts';
export type { Claims, Session, SessionStorage, SignedIn, SignedOut, SignedOutReason } from '../src/protocol/session.ts';

/**
 * Starts Tokenward in an app's own service worker. Call it once, while the worker's script is evaluated: a worker must add its
 * listeners before its first event.
 *
 * Tokenward handles its own endpoints before the app's routes, and requests to protected resources after them, unless the
 * option `precedence` is `first`.
 *
 * @param options the configuration; it is checked and frozen
 * @returns functions for the worker's own code
 * @throws {@link TokenwardError} `configuration_invalid`, whose message names the field; then the worker is not installed, and
 *   the one before it stays active
 * @example
 * const tokenward = startTokenward({
 *   issuer: 'https://login.example',
 *   clientId: 'my-app',
 *   protectedResources: [{ url: 'https://api.example/v1' }],
 * });
 */
export function startTokenward(options: TokenwardOptions): Tokenward {
  const listeners = new Set<(session: Session) => void>();
  const parts = start(options, {
    // Routes of the app may have strategies for requests to an API.
    precedence: 'last',
    // Code that was imported before may answer requests too, and is not seen.
    pastWorker: 'beacons',
    onSession: (session) => {
      for (const listener of listeners) listener(session);
    },
  });
  return createTokenward(parts, (listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  });
}
