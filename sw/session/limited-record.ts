import type { SessionLimits } from '../../src/configuration/parse-session-limits.ts';
import { isSameUser, type LimitEnd, type LimitsView, type SessionLimit } from '../../src/protocol/session.ts';
import type { ActivityReport, ExpiryReport } from '../../src/protocol/worker-api.ts';
import { type Clocks, SessionClock } from './session-clock.ts';
import { expireSession } from './session-changes.ts';
import type { NextState, SessionRecord } from './session-record.ts';
import type { SessionState, SignedInState } from './session-state.ts';
import {
  afterActivity,
  leftOf,
  reachedLimit,
  type SessionTime,
  timeAfterRefresh,
  timeAfterSignIn,
} from './session-time.ts';
import type { IssuedToken, TokenSet } from './token-set.ts';

/** Record of the session, as its users see it. */
export type StateRecord = Pick<SessionRecord, 'known' | 'load' | 'unload' | 'change' | 'catchUp'>;

/** Time after which the worker writes down how much time has passed, at the next event, in milliseconds. */
const MAX_UNWRITTEN_MS = 15_000;

/** Least difference between two activities that is written down, in milliseconds. */
const MIN_ACTIVITY_MS = 1000;

/**
 * Record of a session with limits. A session that has reached one is over before its state is given to anyone, so that no request gets a
 * token of it: whatever has kept a timer from running.
 */
export class LimitedRecord implements StateRecord {
  readonly #record: SessionRecord;
  readonly #limits: SessionLimits;
  readonly #clock: SessionClock;
  readonly #now: () => number;

  /**
   * @param record record of the session
   * @param limits limits of the session
   * @param clocks clocks of the worker
   */
  constructor(record: SessionRecord, limits: SessionLimits, clocks: Clocks) {
    this.#record = record;
    this.#limits = limits;
    this.#clock = new SessionClock(clocks);
    this.#now = clocks.now;
  }

  known(): SessionState | undefined {
    return this.#record.known();
  }

  unload(): void {
    this.#record.unload();
  }

  async load(): Promise<SessionState> {
    return this.#judged(await this.#record.load());
  }

  async catchUp(): Promise<SessionState> {
    return this.#judged(await this.#record.catchUp());
  }

  change(decide: (state: SessionState) => NextState | false): Promise<SessionState | undefined> {
    return this.#record.change((before) => {
      const next = decide(before);
      return next && this.#follow(before, next, 'asked');
    });
  }

  /**
   * Begins a session. Nothing proves that a renewal has asked the user: it continues the time of the session before, also if that has
   * ended.
   *
   * @param decide the state after the sign-in
   * @param user whether the server may have asked the user
   */
  async begin(decide: (state: SessionState) => NextState, user: UserAtSignIn): Promise<void> {
    await this.#record.change((before) => this.#follow(before, decide(before), user));
  }

  /** Takes the report of a page. */
  note(report: ActivityReport | ExpiryReport): Promise<void> {
    return 'agoMs' in report ? this.#noteActivity(report.agoMs) : this.#noteExpiry(report);
  }

  /** Notes an activity of the user. */
  async #noteActivity(agoMs: number): Promise<void> {
    await this.#record.change((before) => {
      if (!before.tokens || !before.time) return false;
      const { time } = this.#clock.read(before.time);
      const next = afterActivity(time, agoMs);
      if (reachedLimit(time, this.#limits) || time.isInDoubt) return this.#judge(before);
      return time.idleMs - next.idleMs >= MIN_ACTIVITY_MS && withTime(before, next);
    });
  }

  /**
   * Ends a session that has reached a limit by the clock of a page, which no change of the clock alters. A page that makes it up gains
   * nothing: it can sign the user out, too.
   */
  async #noteExpiry({ limit, endsAtMs }: ExpiryReport): Promise<void> {
    await this.#record.change((before) => {
      if (!before.tokens || !before.time) return false;
      const isMeant = this.#endOf(limit, before.time)?.endsAtMs === endsAtMs;
      return isMeant ? this.#expire(before, limit) : this.#judge(before);
    });
  }

  /**
   * Returns the longest time since the user's authentication that a sign-in may have, in seconds; `undefined` for any. After an end, the
   * user must have signed in since: a session of the server would otherwise end the limit.
   */
  async maxAgeSeconds(): Promise<number | undefined> {
    const { reason, expiredAtMs } = { expiredAtMs: undefined, ...(await this.load()) };
    const sinceMs = reason === 'expired' && expiredAtMs !== undefined ? this.#now() - expiredAtMs : Infinity;
    // No less than a second: some servers take 0 for no limit.
    const seconds = Math.max(1000, Math.min(sinceMs, this.#limits.absoluteMs ?? Infinity)) / 1000;
    return seconds === Infinity ? undefined : Math.floor(seconds);
  }

  /** Returns the limits of a session as a page may see them. */
  limitsOf({ tokens, time }: SessionState): LimitsView | undefined {
    if (!tokens || !time) return undefined;
    const [idle, absolute] = [this.#endOf('idle', time), this.#endOf('absolute', time)];
    return { warnBeforeMs: this.#limits.warnBeforeMs, ...(idle && { idle }), ...(absolute && { absolute }) };
  }

  #endOf(limit: SessionLimit, time: SessionTime): LimitEnd | undefined {
    const lengthMs = limit === 'idle' ? this.#limits.idleMs : this.#limits.absoluteMs;
    if (lengthMs === undefined) return undefined;
    const endsAtMs = time.readAtMs + leftOf(limit, time, this.#limits);
    return { endsAtMs, leftMs: leftOf(limit, this.#clock.read(time).time, this.#limits), lengthMs };
  }

  async #judged(state: SessionState): Promise<SessionState> {
    if (!this.#judge(state)) return state;
    await this.#record.change((before) => this.#judge(before));
    return this.#record.load();
  }

  /** Decides what becomes of a session now; `false` if it goes on as it is. */
  #judge(state: SessionState): NextState | false {
    if (!state.tokens) return false;
    // A session from before the limits were configured begins its time now.
    if (!state.time) return withTime(state, timeAfterSignIn(state.tokens.claims, undefined, this.#now()));
    const { time, isSetBack } = this.#clock.read(state.time);
    const limit = reachedLimit(time, this.#limits);
    if (limit) return this.#expire(state, limit);
    if (time.isInDoubt && !state.time.isInDoubt) return this.#doubt(state, time);
    // What this worker knows of the time must not be lost with it.
    const isOld = time.readAtMs - state.time.readAtMs >= MAX_UNWRITTEN_MS;
    return (isSetBack || isOld) && withTime(state, time);
  }

  /** Makes a session wait for a refresh, by which the server says what time it is. */
  #doubt(state: SignedInState, time: SessionTime): NextState {
    if (!state.tokens.refreshToken) return this.#expire(state, this.#shortest());
    const accessTokens: Record<string, IssuedToken> = {};
    for (const [key, issued] of Object.entries(state.tokens.accessTokens))
      accessTokens[key] = { ...issued, expiresAtMs: 0 };
    return withTime({ ...state, tokens: { ...state.tokens, accessTokens } }, time);
  }

  /** Completes a change of the session by its time. */
  #follow(before: SessionState, next: NextState, user: UserAtSignIn): NextState {
    const known = before.time && this.#clock.read(before.time).time;
    if (!next.tokens) return { ...next, ...(known && { time: known }) };
    if (next.tokens === before.tokens) return { ...next, time: before.time };
    const isRefresh = next.position === undefined && before.tokens !== undefined && known !== undefined;
    const time = isRefresh
      ? timeAfterRefresh(known, newClaims(next.tokens, before.tokens))
      : timeAfterSignIn(next.tokens.claims, isContinued(before, next.tokens, user) ? known : undefined, this.#now());
    const limit = reachedLimit(time, this.#limits) ?? (time.isInDoubt && this.#shortest());
    const { tokens } = next;
    if (!limit) return { ...next, tokens, time };
    return this.#expire({ tokens, open: next.open ?? before.open, time }, limit);
  }

  #shortest(): SessionLimit {
    return this.#limits.idleMs === undefined ? 'absolute' : 'idle';
  }

  #expire(state: Pick<SignedInState, 'tokens' | 'open' | 'time'>, limit: SessionLimit): NextState {
    const { time } = state;
    return {
      ...expireSession(state, { limit, nowMs: this.#now() }),
      ...(time && { time: this.#clock.read(time).time }),
    };
  }
}

/** Whether the server may have asked the user at a sign-in, or has shown nothing to them. */
export type UserAtSignIn = 'asked' | 'not-asked';

/** Returns a state with another time. It comes after the state before, for another version of the worker too. */
function withTime({ tokens, lastError, unclearAnswers, open }: SignedInState, time: SessionTime): NextState {
  return { tokens, lastError, unclearAnswers, open, time };
}

/** Returns the claims of a token set whose ID token is another one than before. Two of the same second have the same time. */
function newClaims({ claims, idToken }: TokenSet, before: TokenSet): TokenSet['claims'] | undefined {
  return idToken?.reveal() === before.idToken?.reveal() ? undefined : claims;
}

/** Whether a sign-in continues the time of a session of the same user, or of one that was lost. A renewal continues that of any. */
function isContinued({ tokens, time, reason }: SessionState, next: TokenSet, user: UserAtSignIn): boolean {
  if (time === undefined) return false;
  return tokens ? isSameUser(tokens.claims, next.claims) : reason === 'lost' || user === 'not-asked';
}
