import { isSameUser } from '../../src/protocol/session.ts';
import { keyOfTarget } from '../../src/configuration/token-target.ts';
import { RenewalPauses } from './renewal-pauses.ts';
import type { TargetToken } from './token-refresh.ts';
import type { TokenSession } from './token-session.ts';
import { isSameToken } from './token-set.ts';

/** Longest time between two renewals for one target, in milliseconds. */
const MAX_PAUSE_MS = 60 * 60 * 1000;

/**
 * Renewal of access tokens that a resource answered with no more than status 401. Such an answer may have nothing to do with the token,
 * and a page can choose requests that always get it. So there is one renewal, then a pause for the target of the token: its length
 * doubles until a resource accepts a token that was renewed.
 */
export class UnauthorizedRenewal {
  readonly #session: Pick<TokenSession, 'fresh' | 'freshAfter'>;
  readonly #pauses: RenewalPauses;
  /** Renewals that have not ended, by the key of their target. */
  readonly #waiting: Map<string, Promise<TargetToken | undefined>> = new Map();

  /**
   * @param session the session that the tokens are of
   * @param now the clock, in milliseconds
   */
  constructor(session: Pick<TokenSession, 'fresh' | 'freshAfter'>, now: () => number) {
    this.#session = session;
    this.#pauses = new RenewalPauses(now, MAX_PAUSE_MS);
  }

  /**
   * Returns another access token than one that was refused.
   *
   * @returns `undefined` if there is none, or if it is too early for another renewal
   */
  async after(refused: TargetToken): Promise<TargetToken | undefined> {
    const key = keyOfTarget(refused.target);
    const waiting =
      this.#waiting.get(key) ?? this.#renewUnlessDone(refused, key).finally(() => this.#waiting.delete(key));
    this.#waiting.set(key, waiting);
    const token = await waiting;
    return token && isOtherOfSameUser(token, refused) ? token : undefined;
  }

  /** Notes the answer of a resource to a token that came after a refusal of the same request. */
  noteOutcome({ target }: TargetToken, outcome: 'accepted' | 'refused'): void {
    if (outcome === 'accepted') this.#pauses.noteAccepted(keyOfTarget(target));
  }

  async #renewUnlessDone(refused: TargetToken, key: string): Promise<TargetToken | undefined> {
    const known = await this.#session.fresh(refused.target).catch(() => undefined);
    // Without a refresh token, a renewal would end the session.
    if (!known?.tokens.refreshToken || !isSameToken(known.issued, refused.issued)) return known;
    if (this.#pauses.isPaused(key)) return undefined;
    // Begin the pause before the token comes: the renewal may take long, or fail.
    this.#pauses.begin(key);
    return this.#session.freshAfter(known);
  }
}

/** Whether a token can take the place of a refused one: a request that waited while another user signed in is not theirs. */
function isOtherOfSameUser(token: TargetToken, refused: TargetToken): boolean {
  return !isSameToken(token.issued, refused.issued) && isSameUser(token.tokens.claims, refused.tokens.claims);
}
