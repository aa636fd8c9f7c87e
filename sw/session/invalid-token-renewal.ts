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

/** Renewed token that a resource refused. */
interface Failure {
  readonly issued: IssuedToken;
  readonly atMs: number;
}

/**
 * Renewal of access tokens that a resource refused with `invalid_token`, which says that the token is expired, revoked or malformed (RFC
 * 6750, section 3.1). Each such token is renewed at once, as often as an API revokes tokens. A renewal has not helped if the resource
 * refuses the renewed token too, for the same request. A page can choose a URL that always does. So after some of these, a pause begins for
 * the target of the token.
 */
export class InvalidTokenRenewal {
  readonly #session: Pick<TokenSession, 'fresh' | 'freshAfter'>;
  readonly #now: () => number;
  readonly #pauses: RenewalPauses;
  /** Latest renewals that have not helped, by the key of their target. */
  readonly #failures: Map<string, readonly Failure[]> = new Map();

  /**
   * @param session the session that the tokens are of
   * @param now the clock, in milliseconds
   */
  constructor(session: Pick<TokenSession, 'fresh' | 'freshAfter'>, now: () => number) {
    this.#session = session;
    this.#now = now;
    this.#pauses = new RenewalPauses(now, MAX_PAUSE_MS);
  }

  /**
   * Returns another access token than one that was refused.
   *
   * @returns `undefined` if there is none, or if it is too early for another renewal
   */
  async after(refused: TargetToken): Promise<TargetToken | undefined> {
    if (!this.#pauses.isPaused(keyOfTarget(refused.target))) return this.#session.freshAfter(refused);
    // A request may have waited long for its refusal.
    return laterToken(this.#session, refused).catch(() => undefined);
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
