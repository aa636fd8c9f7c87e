import { keyOfTarget } from '../../src/configuration/token-target.ts';
import { laterToken } from './later-token.ts';
import { RenewalPauses } from './renewal-pauses.ts';
import type { TargetToken } from './token-refresh.ts';
import type { TokenSession } from './token-session.ts';
import { isSameToken, type IssuedToken } from './token-set.ts';

/** Longest time between two renewals that do not help, in milliseconds. A token may be revoked in the meantime. */
const MAX_PAUSE_MS = 5 * 60 * 1000;

/** Number of renewals within {@link MAX_PAUSE_MS} that may not help before a pause begins. */
const MAX_FAILURES = 3;

/** Longest time between two such sign-ins, in milliseconds. A sign-in leaves the page, and costs the user more than a refresh. */
const MAX_SIGN_IN_PAUSE_MS = 60 * 60 * 1000;

/** Token that a resource refused. */
interface Failure {
  readonly issued: IssuedToken;
  readonly atMs: number;
}

/**
 * Renewal of access tokens that a resource refused with `invalid_token`, which says that the token is expired, revoked or malformed (RFC
 * 6750, section 3.1). Each such token is renewed at once, as often as an API revokes tokens. A renewal has not helped if the resource
 * refuses the renewed token too, for the same request. A page can choose a URL that always does. So after some of these, a pause begins for
 * the target of the token.
 *
 * Without a refresh token, a renewal ends the session, and the page signs in again. So the first refusal of a token ends it. If the resource
 * refuses the token of the next sign-in as well, soon after, a pause begins, and the session stays.
 */
export class InvalidTokenRenewal {
  readonly #session: Pick<TokenSession, 'fresh' | 'freshAfter'>;
  readonly #now: () => number;
  readonly #pauses: RenewalPauses;
  /** Latest renewals that have not helped, by the key of their target. */
  readonly #failures: Map<string, readonly Failure[]> = new Map();
  readonly #signInPauses: RenewalPauses;
  /** Latest refusals that have ended a session, by the key of their target. */
  readonly #ends: Map<string, Failure> = new Map();

  /**
   * @param session the session that the tokens are of
   * @param now the clock, in milliseconds
   */
  constructor(session: Pick<TokenSession, 'fresh' | 'freshAfter'>, now: () => number) {
    this.#session = session;
    this.#now = now;
    this.#pauses = new RenewalPauses(now, MAX_PAUSE_MS);
    this.#signInPauses = new RenewalPauses(now, MAX_SIGN_IN_PAUSE_MS);
  }

  /**
   * Returns another access token than one that was refused.
   *
   * @returns `undefined` if there is none, or if it is too early for another renewal
   */
  async after(refused: TargetToken): Promise<TargetToken | undefined> {
    const key = keyOfTarget(refused.target);
    const mayRenew = refused.tokens.refreshToken ? !this.#pauses.isPaused(key) : await this.#maySignIn(refused, key);
    if (mayRenew) return this.#session.freshAfter(refused);
    // A request may have waited long for its refusal.
    return laterToken(this.#session, refused).catch(() => undefined);
  }

  /** Whether a session without a refresh token may end, so that the page signs in again. */
  async #maySignIn(refused: TargetToken, key: string): Promise<boolean> {
    // Another token has come, or another request has ended the session: nothing ends by this one.
    const known = await this.#session.fresh(refused.target).catch(() => undefined);
    if (!known || !isSameToken(known.issued, refused.issued) || this.#signInPauses.isPaused(key)) return false;
    const atMs = this.#now();
    const end = this.#ends.get(key);
    // Many requests may have used the token.
    if (end && !isSameToken(end.issued, refused.issued) && Math.abs(atMs - end.atMs) < MAX_PAUSE_MS) {
      // After the pause, a refusal ends the session again.
      this.#ends.delete(key);
      this.#signInPauses.begin(key);
      return false;
    }
    this.#ends.set(key, { issued: refused.issued, atMs });
    return true;
  }

  /** Notes the answer of a resource to a token that came after a refusal of the same request. */
  noteOutcome({ target, issued }: TargetToken, outcome: 'accepted' | 'refused'): void {
    const key = keyOfTarget(target);
    if (outcome === 'accepted') return this.#pauses.noteAccepted(key);
    if (this.#pauses.isPaused(key)) return;
    const nowMs = this.#now();
    // Many requests may share a renewal.
    const others = (this.#failures.get(key) ?? []).filter(
      (failure) => Math.abs(nowMs - failure.atMs) < MAX_PAUSE_MS && !isSameToken(failure.issued, issued),
    );
    const failures = [...others, { issued, atMs: nowMs }].slice(-MAX_FAILURES);
    this.#failures.set(key, failures);
    if (failures.length === MAX_FAILURES) this.#pauses.begin(key);
  }
}
