import { isSameUser } from '../../src/protocol/session.ts';
import { keyOfTarget } from '../../src/configuration/token-target.ts';
import type { TargetToken } from './token-refresh.ts';
import type { TokenSession } from './token-session.ts';
import { isSameToken } from './token-set.ts';

/** Shortest and longest time between two renewals for one target, in milliseconds. */
const FIRST_PAUSE_MS = 30_000;
const MAX_PAUSE_MS = 60 * 60 * 1000;

/** Time in which there is no renewal for a target. */
interface Pause {
  readonly untilMs: number;
  readonly lengthMs: number;
  /** Whether a resource has accepted the token that was renewed last. */
  readonly isAccepted: boolean;
}

/**
 * Renewal of access tokens that a resource answered with no more than status 401. Such an answer may have nothing to do with the token,
 * and a page can choose requests that always get it. So there is one renewal, then a pause for the target of the token: its length
 * doubles until a resource accepts a token that was renewed. Neither other tokens nor a new session end a pause.
 */
export class UnauthorizedRenewal {
  readonly #session: Pick<TokenSession, 'fresh' | 'freshAfter'>;
  readonly #now: () => number;
  /** By the key of their target, as are the renewals that have not ended. */
  readonly #pauses: Map<string, Pause> = new Map();
  readonly #waiting: Map<string, Promise<TargetToken | undefined>> = new Map();

  /**
   * @param session the session that the tokens are of
   * @param now the clock, in milliseconds
   */
  constructor(session: Pick<TokenSession, 'fresh' | 'freshAfter'>, now: () => number) {
    this.#session = session;
    this.#now = now;
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

  /** Notes that a resource accepted a token after a renewal: the next pause is a short one again. */
  noteAccepted({ target }: TargetToken): void {
    const key = keyOfTarget(target);
    const pause = this.#pauses.get(key);
    if (pause) this.#pauses.set(key, { ...pause, isAccepted: true });
  }

  async #renewUnlessDone(refused: TargetToken, key: string): Promise<TargetToken | undefined> {
    const known = await this.#session.fresh(refused.target).catch(() => undefined);
    // Without a refresh token, a renewal would end the session.
    if (!known?.tokens.refreshToken || !isSameToken(known.issued, refused.issued)) return known;
    if (this.#isPaused(key)) return undefined;
    this.#beginPause(key);
    return this.#session.freshAfter(known);
  }

  #isPaused(key: string): boolean {
    const { untilMs = 0, lengthMs = 0 } = this.#pauses.get(key) ?? {};
    const remainingMs = untilMs - this.#now();
    // A clock that was set back must not make a pause longer than it can be.
    return remainingMs > 0 && remainingMs <= lengthMs;
  }

  /** Begins a pause before the token comes: the renewal may take long, or fail. */
  #beginPause(key: string): void {
    const last = this.#pauses.get(key);
    const lengthMs = !last || last.isAccepted ? FIRST_PAUSE_MS : Math.min(MAX_PAUSE_MS, last.lengthMs * 2);
    this.#pauses.set(key, { untilMs: this.#now() + lengthMs, lengthMs, isAccepted: false });
  }
}

/** Whether a token can take the place of a refused one: a request that waited while another user signed in is not theirs. */
function isOtherOfSameUser(token: TargetToken, refused: TargetToken): boolean {
  return !isSameToken(token.issued, refused.issued) && isSameUser(token.tokens.claims, refused.tokens.claims);
}
