import { DEFAULT_TARGET, keyOfTarget, type TokenTarget } from '../../src/configuration/token-target.ts';
import { isTokenwardError, serializeError, TokenwardError } from '../../src/protocol/error.ts';
import { BackOff } from './back-off.ts';
import { createQueue, type Queue } from '../vault/queue.ts';
import type { Vault } from '../vault/vault.ts';
import { rememberSession } from './lost-session.ts';
import type { NextState } from './session-record.ts';
import type { SessionState, SignedInState } from './session-state.ts';
import { isSameToken, issuedFor, type IssuedToken, type TokenSet } from './token-set.ts';
import { countsAsRefusal } from './unclear-refusal.ts';

/** Access token of the session, as a request uses it. */
export interface TargetToken {
  readonly target: TokenTarget;
  readonly issued: IssuedToken;
  /** Token set that the access token belongs to. */
  readonly tokens: TokenSet;
}

/** Dependencies of the renewal on the world outside. */
export interface RefreshServices {
  readonly vault: Vault;
  readonly now: () => number;
  /**
   * Uses the refresh token to get an access token for a target (RFC 6749, section 6; RFC 8707, section 2.2).
   *
   * @throws {@link TokenwardError} `token_request_refused` if the server refuses for good; anything else may pass
   */
  readonly refresh: (tokens: TokenSet, target: TokenTarget) => Promise<TokenSet>;
  /** Whether the authorization server answers a request for its metadata now. */
  readonly isServerReachable: () => Promise<boolean>;
  /** Time that a refresh may take before another worker version may try, in milliseconds. */
  readonly leaseMs: number;
}

/** Dependencies of the renewal. */
export interface RefreshParts extends Pick<RefreshServices, 'vault' | 'now' | 'isServerReachable' | 'leaseMs'> {
  /** Uses the refresh token, as {@link RefreshServices.refresh} does. */
  readonly useRefreshToken: RefreshServices['refresh'];
  /** Returns the state of the session. */
  readonly load: () => Promise<SessionState>;
  /** Takes over what another worker version has written in the meantime. */
  readonly sync: () => Promise<SessionState>;
  /** Goes to what comes after a state; `undefined` if other tokens have taken the place of its tokens. */
  readonly replace: (from: SignedInState, next: NextState) => Promise<SessionState | undefined>;
  /**
   * Revokes tokens that are of no use.
   *
   * @param sessionId the session that has other tokens of the same grant: its end is waited for
   */
  readonly discard: (tokens: TokenSet, sessionId?: string) => Promise<void>;
}

/** Time that another worker version is still waited for. */
interface Wait {
  readonly sinceMs: number;
  /** Number of times that the wait began anew, since the other version had written something down. */
  readonly turns: number;
}

/** Number of times that a wait begins anew: page script may put old records back in turns. */
const MAX_TURNS = 3;

/** Interval at which the record is read while another worker version refreshes, in milliseconds. */
const POLL_MS = 100;

/** Codes by which a server refuses a target, not the session (RFC 8707, section 2; RFC 6749, section 5.2). */
const TARGET_REFUSALS: readonly (string | undefined)[] = ['invalid_target', 'invalid_scope'];

/**
 * Renewal of the access tokens of a session: one refresh at a time, since a refresh token is used once, and one for all that wait for
 * the same target. A lease in the vault keeps other versions of the worker from refreshing meanwhile.
 */
export class TokenRefresh {
  readonly #parts: RefreshParts;
  readonly #backOff: BackOff;
  /** Renewals that were asked for and have not ended, by the key of their target. */
  readonly #waiting: Map<string, Promise<TargetToken | undefined>> = new Map();
  /** Refusals of the server to give this session an access token for a target, by its key. */
  readonly #refusals: Map<string, TokenwardError> = new Map();
  readonly #inTurn: Queue = createQueue();

  constructor(parts: RefreshParts) {
    this.#parts = parts;
    this.#backOff = new BackOff(parts.now);
  }

  /**
   * Gets another access token for a target.
   *
   * @param stale the access token that is not good any more, if there is one
   * @returns `undefined` if the session ends
   * @throws {@link TokenwardError} if none can be had now
   */
  renew(target: TokenTarget, stale: IssuedToken | undefined): Promise<TargetToken | undefined> {
    const key = keyOfTarget(target);
    const waiting =
      this.#waiting.get(key) ??
      this.#inTurn(() => this.#renewUnlessDone(target, stale)).finally(() => this.#waiting.delete(key));
    this.#waiting.set(key, waiting);
    return waiting;
  }

  /** Forgets the failures of the session before. */
  reset(): void {
    this.#backOff.succeed();
    this.#refusals.clear();
  }

  /**
   * Uses the refresh token, unless another access token than the stale one is there already: before its turn came, a refresh for
   * another target may have replaced the refresh token too.
   */
  async #renewUnlessDone(
    target: TokenTarget,
    stale: IssuedToken | undefined,
    wait: Wait = { sinceMs: this.#parts.now(), turns: 0 },
  ): Promise<TargetToken | undefined> {
    const { vault, leaseMs, load, replace } = this.#parts;
    const from = await load();
    if (!from.tokens) return undefined;
    const { tokens } = from;
    const issued = issuedFor(tokens, target);
    if (issued && !isSameToken(issued, stale)) return { target, issued, tokens };
    if (!tokens.refreshToken) {
      if (!issued) throw needsRefreshToken();
      await replace(from, { reason: 'lost', lost: rememberSession(tokens) });
      return undefined;
    }
    const refusal = this.#refusals.get(keyOfTarget(target));
    if (refusal) throw refusal;
    this.#backOff.check();
    const lease = await vault.acquireLease(leaseMs);
    // Page script can write one lease after the other: after a while, refresh in spite of them.
    if (lease === 'held' && !this.#isOver(wait)) {
      return this.#renewUnlessDone(target, stale, await this.#waitForOtherVersion(tokens, wait));
    }
    const release = async (): Promise<void> => {
      if (lease === 'granted') await vault.releaseLease();
    };
    if (await this.#isOvertaken(tokens)) {
      await release();
      return this.#renewUnlessDone(target, stale, wait);
    }
    return this.#refreshNow(target, from, release);
  }

  async #refreshNow(
    target: TokenTarget,
    from: SignedInState,
    release: () => Promise<void>,
  ): Promise<TargetToken | undefined> {
    let refreshed: TokenSet;
    try {
      refreshed = await this.#parts.useRefreshToken(from.tokens, target);
    } catch (error) {
      if (!isRefusal(error)) {
        this.#backOff.fail(error);
        if (!(await countsAsRefusal(error, from, this.#parts))) throw error;
        await this.#parts.replace(from, lostBy(error, from));
        await release();
        return undefined;
      }
      const isOfTarget = await this.#noteRefusal(target, from, error);
      await release();
      if (isOfTarget) throw error;
      return undefined;
    }
    this.#backOff.succeed();
    const before = await this.#parts.replace(from, { tokens: refreshed });
    await release();
    return this.#tokenAfter(target, { from, refreshed, isReplaced: before !== undefined });
  }

  /** Notes that the server has refused. @returns whether it refuses only this target, and the session goes on */
  async #noteRefusal(target: TokenTarget, from: SignedInState, refusal: TokenwardError): Promise<boolean> {
    const { load, replace } = this.#parts;
    const { tokens } = from;
    const key = keyOfTarget(target);
    const isOfDefault = key === keyOfTarget(DEFAULT_TARGET) && tokens.accessTokens[key] !== undefined;
    const isOfTarget = !isOfDefault && TARGET_REFUSALS.includes(refusal.serverCode);
    // Ignore the refusal if another sign-in has replaced the session.
    if (isOfTarget && (await load()).tokens === tokens) this.#refusals.set(key, refusal);
    // The refusal may be the echo of an answer that was lost: the browser itself sends a request again whose connection was cut.
    // Whether the session has ended, the server says to a silent sign-in.
    else await replace(from, lostBy(refusal, from));
    return isOfTarget;
  }

  /** Returns the access token that is there after a refresh, and discards one that is of no use. */
  async #tokenAfter(target: TokenTarget, { from, refreshed, isReplaced }: Refreshed): Promise<TargetToken | undefined> {
    const { load, discard } = this.#parts;
    const { position } = from;
    const known = await load();
    const isSameSession = known.tokens !== undefined && known.position.id === position.id;
    // Another version has refreshed the same session at the same time: its tokens count, and the server may know one grant
    // only. After a sign-out, or a sign-in, the new tokens must not bring the old session back.
    if (!isReplaced) await discard(refreshed, isSameSession ? position.id : undefined);
    const issued = known.tokens && issuedFor(known.tokens, target);
    return (isReplaced || isSameSession) && issued && known.tokens
      ? { target, issued, tokens: known.tokens }
      : undefined;
  }

  /** Waits while another worker version refreshes, until it has written down what came. @returns the wait that is left */
  async #waitForOtherVersion(tokens: TokenSet, wait: Wait): Promise<Wait> {
    do {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      if (!(await this.#isOvertaken(tokens))) continue;
      return wait.turns < MAX_TURNS ? { sinceMs: this.#parts.now(), turns: wait.turns + 1 } : wait;
    } while (!this.#isOver(wait));
    return wait;
  }

  /** Whether a wait is over. A clock that is set back must not make it longer than it can be. */
  #isOver({ sinceMs }: Wait): boolean {
    return Math.abs(this.#parts.now() - sinceMs) >= this.#parts.leaseMs;
  }

  /** Whether another worker version has written other tokens down, or the end of the session. */
  async #isOvertaken(tokens: TokenSet): Promise<boolean> {
    return (await this.#parts.sync()).tokens !== tokens;
  }
}

/** Result of a refresh. */
interface Refreshed {
  /** State before the refresh. */
  readonly from: SignedInState;
  readonly refreshed: TokenSet;
  /** Whether the new tokens have taken the place of those before. */
  readonly isReplaced: boolean;
}

/** Returns the state of a session that a refresh has ended: it may be renewed. */
function lostBy(error: unknown, { tokens }: SignedInState): NextState {
  return { reason: 'lost', lost: rememberSession(tokens), lastError: serializeError(error) };
}

function needsRefreshToken(): TokenwardError {
  return new TokenwardError(
    'token_request_refused',
    'A further access token needs a refresh token, and there is none. Request "offline_access".',
  );
}

/** Whether the authorization server has refused for good. */
export function isRefusal(error: unknown): error is TokenwardError {
  return isTokenwardError(error) && error.code === 'token_request_refused';
}
