import { isTokenwardError, serializeError } from '../../src/protocol/error.ts';
import type { Session } from '../../src/protocol/session.ts';
import { revealTokens, type Token } from '../vault/token.ts';
import type { Vault } from '../vault/vault.ts';
import { createQueue } from './queue.ts';
import { parseState, type SessionState, viewOfState } from './session-state.ts';
import { createTokenRefresh, isRefusal, type TargetToken } from './token-refresh.ts';
import { isSameToken, type TokenSet } from './token-set.ts';

/** What the session needs of the authorization server and of its surroundings. */
export interface SessionParts {
  readonly vault: Vault;
  /**
   * Uses the refresh token to get an access token for a target (RFC 6749, section 6; RFC 8707, section 2.2).
   *
   * @throws {@link TokenwardError} `token_request_refused` if the server refuses for good; anything else may pass
   */
  readonly refresh: (tokens: TokenSet, target: string) => Promise<TokenSet>;
  /** Revokes what can be revoked (RFC 7009); never throws. */
  readonly revoke: (tokens: TokenSet) => Promise<void>;
  /** Whether the browser thinks that there is a network. */
  readonly isOnline: () => boolean;
  /** Tells every page. */
  readonly announce: (session: Session) => void;
  readonly now: () => number;
  /** How long before its expiry an access token is renewed, in milliseconds. */
  readonly refreshBeforeExpiryMs: number;
  /** How long a refresh may take before another worker version may try, in milliseconds. */
  readonly leaseMs: number;
}

/** The one session of this origin: its state, its refreshes one at a time, its end. */
export interface TokenSession {
  /** Whether it is known already that there is none, for decisions that cannot wait. */
  readonly isSignedOut: () => boolean;
  /** What the page may see. */
  readonly view: () => Promise<Session>;
  /** Asks for a new access token, if the last time that failed. */
  readonly recover: () => Promise<void>;
  /** Begins a session; it takes the place of the one before, which is revoked if it was somebody else's. */
  readonly start: (tokens: TokenSet) => Promise<void>;
  /** Notes why a sign-in did not end well; the session, if there is one, stays. */
  readonly fail: (error: unknown) => Promise<void>;
  /** Ends the session for a reason that is not the user's: it can be renewed, with other tokens. Gives those that it had. */
  readonly abandon: (error: unknown) => Promise<TokenSet | undefined>;
  /** Forgets what was read, so that it is read again. */
  readonly forget: () => void;
  /** Ends the session by the user's wish: forgets first, so that nothing can bring it back, then revokes. */
  readonly signOut: () => Promise<void>;
  /** Gives the ID token of the session that was signed out, once. */
  readonly takeIdTokenHint: () => Promise<Token<'id_token'> | undefined>;
  /**
   * An access token for a target that has not expired; gets one if there is none yet, and refreshes it before it does.
   *
   * @returns `undefined` if there is no session
   * @throws {@link TokenwardError} if there is none and none can be had now
   */
  readonly fresh: (target: string) => Promise<TargetToken | undefined>;
  /**
   * A newer access token than one that the protected resource refused as invalid (RFC 6750, section 3.1).
   *
   * @returns `undefined` if there is none to be had
   */
  readonly freshAfter: (refused: TargetToken) => Promise<TargetToken | undefined>;
}

/** @param parts the vault, the authorization server, the clock */
export function createTokenSession(parts: SessionParts): TokenSession {
  const { vault, now } = parts;
  let state: SessionState | undefined;
  let loading: Promise<SessionState> | undefined;
  const inTurn = createQueue();

  const read = async (): Promise<SessionState> => parseState(await vault.read('session'));

  /** The state; reads it from the vault the first time. */
  const load = async (): Promise<SessionState> => {
    const reading = (loading ??= read());
    const found = await reading;
    // What was to be forgotten meanwhile is read again.
    if (loading !== reading) return load();
    return (state ??= found);
  };

  /** Why no access token could be had the last time; `undefined` if it could. */
  let setback: unknown;
  const view = (known: SessionState): Session =>
    viewOfState(known, { storage: vault.storage, network: setback || !parts.isOnline() ? 'offline' : 'online' });

  const publish = (next: SessionState): void => {
    state = next;
    parts.announce(view(next));
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
      const value = revealTokens(next);
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
  const latest = async (tokens: TokenSet, target: string): Promise<TokenSet | undefined> => {
    const stored = await read();
    const isKnown = stored.tokens
      ? stored.tokens.refreshToken?.reveal() === tokens.refreshToken?.reveal() &&
        isSameToken(stored.tokens.accessTokens[target], tokens.accessTokens[target])
      : stored.reason !== 'signed-out';
    if (isKnown) return tokens;
    return inTurn(async () => {
      // Signed out, or signed in anew, while the vault was read.
      if (state?.tokens !== tokens) return state?.tokens;
      publish(stored);
      return stored.tokens;
    });
  };

  const { refresh, reset } = createTokenRefresh({
    ...parts,
    load,
    latest,
    replace,
    refresh: async (tokens, target) => {
      try {
        const renewed = await parts.refresh(tokens, target);
        setback = undefined;
        return renewed;
      } catch (error) {
        const isNew = !setback;
        setback = isRefusal(error) ? undefined : error;
        if (setback && isNew) publish(await load());
        throw error;
      }
    },
  });

  /** Another access token of the same user's: a request that waited while somebody else signed in is not theirs. */
  const renew = async ({ claims }: TokenSet, ...which: Parameters<typeof refresh>): ReturnType<typeof refresh> => {
    const renewed = await refresh(...which);
    return renewed?.tokens.claims.sub === claims.sub ? renewed : undefined;
  };

  return {
    isSignedOut: () => state !== undefined && !state.tokens,
    view: async () => view(await load()),
    recover: async () => {
      const { tokens } = await load();
      const [target, issued] = Object.entries(tokens?.accessTokens ?? {})[0] ?? [];
      if (!setback || !tokens || target === undefined) return;
      // A network that has failed says nothing of the server, which may have asked to be left alone.
      if (isTokenwardError(setback) && setback.cause instanceof TypeError) reset();
      await renew(tokens, target, issued).catch(() => {});
    },
    start: async (tokens) => {
      const before = await change(() => ({ tokens }));
      reset();
      // Nobody will sign somebody else out any more. Of the same user's, a server may end the whole grant (RFC 7009, section 2.1).
      if (before?.tokens && before.tokens.claims.sub !== tokens.claims.sub) await parts.revoke(before.tokens);
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
      return before?.tokens;
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
    fresh: async (target) => {
      const known = await load();
      const { tokens } = known;
      // A page may know a session that went with the memory of an earlier instance of this worker.
      if (!tokens) {
        publish(known);
        return undefined;
      }
      const issued = tokens.accessTokens[target];
      if (!issued) return renew(tokens, target, issued);
      const { expiresAtMs, lifetimeMs } = issued;
      const remainingMs = expiresAtMs - now();
      // A token that seems to live longer than it can is one of a clock that was set back since.
      const isFresh = remainingMs > Math.min(parts.refreshBeforeExpiryMs, lifetimeMs / 3) && remainingMs <= lifetimeMs;
      if (isFresh || (remainingMs > 0 && !tokens.refreshToken)) return { target, issued, tokens };
      try {
        return await renew(tokens, target, issued);
      } catch (error) {
        if (remainingMs > 0) return { target, issued, tokens };
        throw error;
      }
    },
    freshAfter: ({ target, issued, tokens }) => renew(tokens, target, issued).catch(() => undefined),
  };
}
