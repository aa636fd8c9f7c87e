import type { Destination, RenewOn } from '../protocol/explanation.ts';
import type { OwnAuthorization, RedirectPolicy, ReflectionPolicy, WithoutSession } from './configuration.ts';
import type { ClaimNames } from './claims-request.ts';
import type { TokenTarget } from './token-target.ts';

/** Part of an API that gets the access token: an exact origin, paths, some or all methods. */
export interface ProtectedResource {
  readonly origin: string;
  /** A path, or a pattern. */
  readonly path: string;
  /** Whether it covers a path. */
  readonly covers: (path: string) => boolean;
  /** Paths that are left alone, and all below them. */
  readonly exclude: readonly string[];
  /** Methods in upper case; `undefined` means every method. */
  readonly methods: readonly string[] | undefined;
  /** Destinations that get the token besides the requests that script makes. */
  readonly destinations: readonly Destination[];
  readonly ownAuthorization: OwnAuthorization;
  readonly redirects: RedirectPolicy;
  readonly reflection: ReflectionPolicy;
  readonly cache: 'no-store' | undefined;
  /** `undefined` means the default: the fingerprint of a configuration without it must not change. */
  readonly renewOn: Exclude<RenewOn, 'invalid_token'> | undefined;
  /** Claims that its challenges may ask for; `undefined` means none. */
  readonly claimsFromChallenge: ClaimNames | undefined;
  /** Time for which a response that requires step-up is kept, in milliseconds; `undefined` means that it is not. */
  readonly stepUpWaitMs: number | undefined;
  readonly replayLimitBytes: number;
  readonly withoutSession: WithoutSession;
  /** Target of the access token that it gets. */
  readonly target: TokenTarget;
}
