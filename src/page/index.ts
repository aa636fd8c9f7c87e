export type { ChallengeListener } from './challenge-listeners.ts';
export type { AlarmListener, TokenwardClient } from './client.ts';
export type { Expiring, ExpiringListener } from './expiry-watch.ts';
export { connect } from './connect.ts';
export type { ConnectOptions } from './connect-options.ts';
export type { ExplainOptions } from './explain.ts';
export type { AccessChallenge } from '../protocol/access-challenge.ts';
export type { Alarm, Tripwire } from '../protocol/alarm.ts';
export type { ErrorCode, ErrorPhase } from '../protocol/error-codes.ts';
export { isTokenwardError, type SerializedError, TokenwardError } from '../protocol/error.ts';
export type { Destination, Explanation, Mismatch, RenewOn } from '../protocol/explanation.ts';
export type {
  Claims,
  LimitEnd,
  LimitsView,
  Session,
  SessionLimit,
  SessionStorage,
  SignedIn,
  SignedOut,
  SignedOutReason,
} from '../protocol/session.ts';
export type {
  AdoptedTokens,
  AuthorizationOptions,
  AuthorizationParameters,
  LocalSignOut,
  Prompt,
} from '../protocol/worker-api.ts';
