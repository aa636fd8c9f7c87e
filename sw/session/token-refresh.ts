import { isTokenwardError, serializeError, TokenwardError } from '../../src/protocol/error.ts';
import { createBackOff } from './back-off.ts';
import { createQueue } from '../vault/queue.ts';
import type { Vault } from '../vault/vault.ts';
import type { NextState } from './session-record.ts';
import type { SessionState, SignedInState } from './session-state.ts';
import { isSameToken, type IssuedToken, type TokenSet } from './token-set.ts';

/** An access token of the session, as a request uses it. */
export interface TargetToken {
  /** What it is for; empty where the configuration says nothing of it. */
  readonly target: string;
  readonly issued: IssuedToken;
  /** What it is one of. */
  readonly tokens: TokenSet;
}

/** Dependencies of the refreshes on the world outside. */
export interface RefreshServices {
  readonly vault: Vault;
  readonly now: () => number;
  /**
   * Uses the refresh token to get an access token for a target (RFC 6749, section 6; RFC 8707, section 2.2).
   *
   * @throws {@link TokenwardError} `token_request_refused` if the server refuses for good; anything else may pass
   */
  readonly refresh: (tokens: TokenSet, target: string) => Promise<TokenSet>;
  /** Time that a refresh may take before another worker version may try, in milliseconds. */
  readonly leaseMs: number;
}

/** Dependencies of the refreshes. */
export interface RefreshParts extends RefreshServices {
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

/** The refreshes of a session, one at a time. */
export interface TokenRefresh {
  /**
   * Gets another access token for a target.
   *
   * @param stale the one that is no good any more, if there is one
   * @returns `undefined` if the session ends
   * @throws {@link TokenwardError} if none can be had now
   */
  readonly refresh: (target: string, stale: IssuedToken | undefined) => Promise<TargetToken | undefined>;
  /** Forgets what went wrong in the session before. */
  readonly reset: () => void;
}

/** How long another worker version is still waited for. */
interface Patience {
  readonly sinceMs: number;
  /** How often it began anew, since the other version had written something down. */
  readonly turns: number;
}

/** How often it begins anew at most: page script may put old records back in turns. */
const MOST_TURNS = 3;

/** The codes by which a server refuses a target, not the session (RFC 8707, section 2; RFC 6749, section 5.2). */
const TARGET_REFUSED = /^invalid_(target|scope)$/;

/** @param parts the session, the vault, the authorization server, the clock */
export function createTokenRefresh(parts: RefreshParts): TokenRefresh {
  const { vault, now, leaseMs, load, replace } = parts;
  const backOff = createBackOff(now);
  /** The refreshes that were asked for and have not ended, by target. */
  const refreshing = new Map<string, Promise<TargetToken | undefined>>();
  /** Targets for which the server gives this session no access token, and what it said. */
  const refusals = new Map<string, TokenwardError>();
  const oneRefresh = createQueue();

  // A clock that is set back must not make the wait longer than it can be.
  const isPatient = ({ sinceMs }: Patience): boolean => Math.abs(now() - sinceMs) < leaseMs;

  /** Whether another worker version has written other tokens down, or the end of the session. */
  const isOvertaken = async (tokens: TokenSet): Promise<boolean> => (await parts.sync()).tokens !== tokens;

  /** Waits while another worker version refreshes, until it has written down what came. @returns what patience is left */
  const otherVersion = async (tokens: TokenSet, patience: Patience): Promise<Patience> => {
    do {
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (!(await isOvertaken(tokens))) continue;
      return patience.turns < MOST_TURNS ? { sinceMs: now(), turns: patience.turns + 1 } : patience;
    } while (isPatient(patience));
    return patience;
  };

  /**
   * Uses the refresh token, unless there is another access token already than the one that somebody wants renewed: before
   * its turn came, a refresh for another target may have replaced the refresh token too.
   */
  const renew = async (
    target: string,
    stale: IssuedToken | undefined,
    patience: Patience = { sinceMs: now(), turns: 0 },
  ): Promise<TargetToken | undefined> => {
    const from = await load();
    if (!from.tokens) return undefined;
    const { tokens, position } = from;
    const issued = tokens.accessTokens[target];
    if (issued && !isSameToken(issued, stale)) return { target, issued, tokens };
    if (!tokens.refreshToken) {
      if (!issued) throw needsRefreshToken();
      await replace(from, { reason: 'lost' });
      return undefined;
    }
    const refusal = refusals.get(target);
    if (refusal) throw refusal;
    backOff.check();
    const lease = await vault.acquireLease(leaseMs);
    // Page script can write one lease after the other: after a while it goes on as if there were none.
    if (lease === 'held' && isPatient(patience)) {
      return renew(target, stale, await otherVersion(tokens, patience));
    }
    const release = async (): Promise<void> => {
      if (lease === 'granted') await vault.releaseLease();
    };
    if (await isOvertaken(tokens)) {
      await release();
      return renew(target, stale, patience);
    }
    let renewed: TokenSet;
    try {
      renewed = await parts.refresh(tokens, target);
    } catch (error) {
      if (!isRefusal(error)) {
        backOff.fail(error);
        throw error;
      }
      const isOfTarget = !(issued && target === '') && TARGET_REFUSED.test(error.serverCode ?? '');
      // Of another session, that of a sign-in in the meantime, it says nothing.
      if (isOfTarget && (await load()).tokens === tokens) refusals.set(target, error);
      // The refusal may be the echo of an answer that was lost: the browser itself sends a request again whose connection was
      // cut. Whether the session has ended, the server says to a silent sign-in.
      else await replace(from, { reason: 'lost', lastError: serializeError(error) });
      await release();
      if (isOfTarget) throw error;
      return undefined;
    }
    backOff.succeed();
    const before = await replace(from, { tokens: renewed });
    await release();
    const known = await load();
    const token = known.tokens?.accessTokens[target];
    if (before || (known.tokens && known.position.id === position.id)) {
      // Another version has renewed the same session at the same time: its tokens count, and the server may know one grant only.
      if (!before) await parts.discard(renewed, position.id);
      return token && known.tokens && { target, issued: token, tokens: known.tokens };
    }
    // Signed out, or signed in anew, in the meantime: what came must not bring the old session back.
    await parts.discard(renewed);
    return undefined;
  };

  /** One refresh at a time, and one for all who wait for the same target: a refresh token is used once. */
  const refresh = (target: string, stale: IssuedToken | undefined): Promise<TargetToken | undefined> => {
    const waiting =
      refreshing.get(target) ?? oneRefresh(() => renew(target, stale)).finally(() => refreshing.delete(target));
    refreshing.set(target, waiting);
    return waiting;
  };

  return {
    refresh,
    reset: () => {
      backOff.succeed();
      refusals.clear();
    },
  };
}

function needsRefreshToken(): TokenwardError {
  return new TokenwardError(
    'token_request_refused',
    'Each further access token takes a refresh token, and there is none. Ask for "offline_access".',
  );
}

/** Whether the authorization server has refused for good. */
export function isRefusal(error: unknown): error is TokenwardError {
  return isTokenwardError(error) && error.code === 'token_request_refused';
}
