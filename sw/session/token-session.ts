import { isTokenwardError, serializeError } from '../../src/protocol/error.ts';
import type { Session } from '../../src/protocol/session.ts';
import type { Token } from '../vault/token.ts';
import type { Vault } from '../vault/vault.ts';
import { createBackOff } from './back-off.ts';
import { parseState, revealState, type SessionState, viewOfState } from './session-state.ts';
import type { TokenSet } from './token-set.ts';

/** What the session needs of the authorization server and of its surroundings. */
export interface SessionParts {
  readonly vault: Vault;
  /**
   * Uses the refresh token (RFC 6749, section 6).
   *
   * @throws {@link TokenwardError} `token_request_refused` if the server refuses for good; anything else may pass
   */
  readonly refresh: (tokens: TokenSet) => Promise<TokenSet>;
  /** Revokes what can be revoked (RFC 7009); never throws. */
  readonly revoke: (tokens: TokenSet) => Promise<void>;
  /** Tells every page. */
  readonly announce: (session: Session) => void;
  readonly now: () => number;
  /** How long before its expiry an access token is renewed, in milliseconds. */
  readonly refreshBeforeExpiryMs: number;
  /** How long a refresh may take before another worker version may try, in milliseconds. */
  readonly leaseMs: number;
}

/** The one session of this origin: its state, its single refresh, its end. */
export interface TokenSession {
  /** Whether it is known already that there is none, for decisions that cannot wait. */
  readonly isSignedOut: () => boolean;
  /** What the page may see. */
  readonly view: () => Promise<Session>;
  /** Begins a session; it takes the place of the one before. */
  readonly start: (tokens: TokenSet) => Promise<void>;
  /** Notes why a sign-in did not end well; the session, if there is one, stays. */
  readonly fail: (error: unknown) => Promise<void>;
  /** Ends the session for a reason that is not the user's: it can be renewed, with other tokens. */
  readonly abandon: (error: unknown) => Promise<void>;
  /** Forgets what was read, so that it is read again. */
  readonly forget: () => void;
  /** Ends the session by the user's wish: forgets first, so that nothing can bring it back, then revokes. */
  readonly signOut: () => Promise<void>;
  /** Gives the ID token of the session that was signed out, once. */
  readonly takeIdTokenHint: () => Promise<Token<'id_token'> | undefined>;
  /**
   * The tokens, with an access token that has not expired; refreshes it before it does.
   *
   * @returns `undefined` if there is no session
   * @throws {@link TokenwardError} if it has expired and cannot be renewed now
   */
  readonly fresh: () => Promise<TokenSet | undefined>;
  /**
   * Tokens with a newer access token than one that the protected resource refused as invalid (RFC 6750, section 3.1).
   *
   * @returns `undefined` if there are none to be had
   */
  readonly freshAfter: (refused: TokenSet) => Promise<TokenSet | undefined>;
}

/** @param parts the vault, the authorization server, the clock */
export function createTokenSession(parts: SessionParts): TokenSession {
  const { vault, now, leaseMs } = parts;
  const backOff = createBackOff(now);
  let state: SessionState | undefined;
  let loading: Promise<SessionState> | undefined;
  let refreshing: Promise<TokenSet | undefined> | undefined;
  let changing: Promise<unknown> = Promise.resolve();

  const read = async (): Promise<SessionState> => parseState(await vault.read('session'));

  /** The state; reads it from the vault the first time. */
  const load = async (): Promise<SessionState> => (state ??= await (loading ??= read()));

  const publish = (next: SessionState): void => {
    state = next;
    parts.announce(viewOfState(next, vault.storage));
  };

  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const done = changing.then(act);
    changing = done.catch(() => {});
    return done;
  };

  /**
   * Goes to the next state: one change at a time, written down before anybody sees it.
   *
   * @param decide the next state, or `false` to leave it as it is
   * @returns the state before, if it was left
   */
  const change = (decide: (state: SessionState) => SessionState | false): Promise<SessionState | undefined> =>
    inTurn(async () => {
      const before = await load();
      const next = decide(before);
      if (next === false) return undefined;
      const value = revealState(next);
      // The latest event wins over what another worker version wrote in between.
      if (!(await vault.write('session', value))) {
        await vault.read('session');
        await vault.write('session', value);
      }
      publish(next);
      return before;
    });

  /** What comes after some tokens, unless others have taken their place. */
  const replace = (tokens: TokenSet, next: SessionState): Promise<SessionState | undefined> =>
    change((before) => before.tokens === tokens && next);

  /** What another worker version has written in the meantime takes the place of what this one knows. */
  const latest = async (tokens: TokenSet): Promise<TokenSet | undefined> => {
    const stored = await read();
    const isSame = stored.tokens
      ? stored.tokens.accessToken.reveal() === tokens.accessToken.reveal()
      : stored.reason !== 'signed-out';
    if (isSame) return tokens;
    return inTurn(async () => {
      // Signed out, or signed in anew, while the vault was read.
      if (state?.tokens !== tokens) return state?.tokens;
      publish(stored);
      return stored.tokens;
    });
  };

  const refreshOnce = async (tokens: TokenSet): Promise<TokenSet | undefined> => {
    if (!tokens.refreshToken) {
      await replace(tokens, { reason: 'lost' });
      return undefined;
    }
    backOff.check();
    const lease = await vault.acquireLease(leaseMs);
    if (lease === 'held') return waitForOtherVersion(tokens);
    const newest = await latest(tokens);
    if (newest !== tokens) {
      await vault.releaseLease();
      return newest;
    }
    let renewed: TokenSet;
    try {
      renewed = await parts.refresh(tokens);
    } catch (error) {
      if (!isTokenwardError(error) || error.code !== 'token_request_refused') {
        backOff.fail(error);
        throw error;
      }
      // The refusal may be the echo of an answer that was lost: the browser itself sends a request again whose connection was
      // cut. Whether the session has ended, the server says to a silent sign-in.
      await replace(tokens, { reason: 'lost', lastError: serializeError(error) });
      await vault.releaseLease();
      return undefined;
    }
    backOff.succeed();
    const before = await replace(tokens, { tokens: renewed });
    await vault.releaseLease();
    if (before) return renewed;
    // Signed out, or signed in anew, in the meantime: what came must not bring the old session back.
    await parts.revoke(renewed);
    return undefined;
  };

  /** Another worker version refreshes: use what it writes. */
  const waitForOtherVersion = async (tokens: TokenSet): Promise<TokenSet | undefined> => {
    const untilMs = now() + leaseMs;
    while (now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const newest = await latest(tokens);
      if (newest !== tokens) return newest;
    }
    return refreshOnce(tokens);
  };

  /** One refresh for all who wait. */
  const refresh = (tokens: TokenSet): Promise<TokenSet | undefined> =>
    (refreshing ??= refreshOnce(tokens).finally(() => {
      refreshing = undefined;
    }));

  return {
    isSignedOut: () => state !== undefined && !state.tokens,
    view: async () => viewOfState(await load(), vault.storage),
    start: async (tokens) => {
      await change(() => ({ tokens }));
      backOff.succeed();
    },
    fail: async (error) => {
      const lastError = serializeError(error);
      // Where a silent sign-in is refused, the user has to be asked.
      const isEnd = lastError.code.endsWith('_refused');
      await change((before) =>
        before.reason === 'lost' && isEnd ? { reason: 'refused', lastError } : { ...before, lastError },
      );
    },
    abandon: async (error) => {
      const before = await change(({ tokens }) => !!tokens && { reason: 'lost', lastError: serializeError(error) });
      if (before?.tokens) await parts.revoke(before.tokens);
    },
    forget: () => {
      state = loading = undefined;
    },
    signOut: async () => {
      const before = await change(({ tokens }) => !!tokens && { reason: 'signed-out', idTokenHint: tokens.idToken });
      if (before?.tokens) await parts.revoke(before.tokens);
    },
    takeIdTokenHint: async () => {
      const before = await change((signedOut) => !!signedOut.idTokenHint && { ...signedOut, idTokenHint: undefined });
      return before?.idTokenHint;
    },
    fresh: async () => {
      const known = await load();
      const { tokens } = known;
      // A page may know a session that went with the memory of an earlier instance of this worker.
      if (!tokens) {
        publish(known);
        return undefined;
      }
      const remainingMs = tokens.expiresAtMs - now();
      // A token that seems to live longer than it can is one of a clock that was set back since.
      const isFresh =
        remainingMs > Math.min(parts.refreshBeforeExpiryMs, tokens.lifetimeMs / 3) && remainingMs <= tokens.lifetimeMs;
      if (isFresh || (remainingMs > 0 && !tokens.refreshToken)) return tokens;
      try {
        return await refresh(tokens);
      } catch (error) {
        if (remainingMs > 0) return tokens;
        throw error;
      }
    },
    freshAfter: async (refused) => {
      const { tokens } = await load();
      return tokens && tokens === refused ? refresh(tokens).catch(() => undefined) : tokens;
    },
  };
}
