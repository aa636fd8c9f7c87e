import type { SessionLimits } from '../../src/configuration/parse-session-limits.ts';
import type { Claims, Session } from '../../src/protocol/session.ts';
import type { RevocationParts } from './revocations.ts';
import type { Clocks } from './session-clock.ts';
import type { RefreshServices } from './token-refresh.ts';

/** Dependencies of the session: the vault, the authorization server, the clock, the pages. */
export interface SessionParts extends RevocationParts, RefreshServices {
  /** Whether the browser thinks that there is a network. */
  readonly isOnline: () => boolean;
  /** Notifies every page. */
  readonly announce: (session: Session) => void;
  /** Notifies the other versions of this worker that a session has been signed out. */
  readonly tellVersions: (sessionId: string) => void;
  /** Time before its expiry at which an access token is refreshed, in milliseconds. */
  readonly refreshBeforeExpiryMs: number;
  /** Whether the configuration allows a user; it allows every user by default. */
  readonly allows?: ((claims: Claims) => boolean) | undefined;
  /** Limits of the session, and the second clock that they need; `undefined` if it has none. */
  readonly limited?: (Pick<Clocks, 'monotonicNow'> & { readonly limits: SessionLimits }) | undefined;
}
