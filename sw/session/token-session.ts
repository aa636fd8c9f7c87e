import { isTokenwardError, serializeError } from '../../src/protocol/error.ts';
import type { Session } from '../../src/protocol/session.ts';
import type { Token } from '../vault/token.ts';
import { openRevocation, type OpenRevocation } from './open-revocation.ts';
import { createRevocations, type RevocationParts } from './revocations.ts';
import { afterSignOut, positionAfter } from './session-order.ts';
import { createSessionRecord, type NextState } from './session-record.ts';
import { type SessionState, type SignedInState, viewOfState } from './session-state.ts';
import { createTokenRefresh, isRefusal, type RefreshServices, type TargetToken } from './token-refresh.ts';
import { isSameGrant, type TokenSet } from './token-set.ts';

/** Dependencies of the session: the vault, the authorization server, the clock, the pages. */
export interface SessionParts extends RevocationParts, RefreshServices {
  /** Whether the browser thinks that there is a network. */
  readonly isOnline: () => boolean;
  /** Tells every page. */
  readonly announce: (session: Session) => void;
  /** Tells the other versions of this worker that a session has been signed out. */
  readonly tellVersions: (sessionId: string) => void;
  /** How long before its expiry an access token is renewed, in milliseconds. */
  readonly refreshBeforeExpiryMs: number;
}

/** The one session of this origin: its state, its refreshes one at a time, its end. */
export interface TokenSession {
  /** Whether it is known already that there is none, for decisions that cannot wait. */
  readonly isSignedOut: () => boolean;
  /** What the page may see. */
  readonly view: () => Promise<Session>;
  /** Asks for a new access token, if the last time that failed. */
  readonly recover: () => Promise<void>;
  /** Gives the number of sign-outs so far: ask before tokens are requested, and give it to {@link TokenSession.start}. */
  readonly signOuts: () => Promise<number>;
  /** Begins a session; the one before is revoked if it was somebody else's, and the tokens if there was a sign-out since. */
  readonly start: (tokens: TokenSet, signOuts?: number) => Promise<void>;
  /** Notes why a sign-in did not end well; the session, if there is one, stays. */
  readonly fail: (error: unknown) => Promise<void>;
  /**
   * Ends the session for a reason that is not the user's: it can be renewed, with other tokens.
   *
   * @param tokens what happens to the tokens; {@link TokenSession.sendRevocations} sends the revocation
   * @returns whether there was a session
   */
  readonly abandon: (error: unknown, tokens: 'revoke' | 'wipe') => Promise<boolean>;
  /** Forgets what was read, so that it is read again. */
  readonly forget: () => void;
  /** Takes over what another version of this worker has written. */
  readonly sync: () => Promise<unknown>;
  /** Ends the session by the user's wish: forgets first, so that nothing can bring it back, then revokes. */
  readonly signOut: () => Promise<void>;
  /** Ends a session that another version of this worker has signed out. */
  readonly endSignedOut: (sessionId: string) => Promise<void>;
  /** Sends the revocations that are open; they stay open until the authorization server has answered. */
  readonly sendRevocations: () => Promise<void>;
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

  /** Whether tokens of a sign-in may be under way: then a sign-out counts, though nobody is signed in. */
  let hasRequested = false;
  /** Why no access token could be had the last time; `undefined` if it could. */
  let setback: unknown;
  const view = (known: SessionState): Session =>
    viewOfState(known, { storage: vault.storage, network: setback || !parts.isOnline() ? 'offline' : 'online' });
  const publish = (state: SessionState): void => parts.announce(view(state));

  const record = createSessionRecord({ vault, now, publish });
  const { load, change } = record;
  const revocations = createRevocations(record, parts);

  const sync = async (): Promise<SessionState> => {
    const state = await record.sync();
    revocations.retry();
    return state;
  };

  /** The revocations that are open once some tokens are to be revoked too; without tokens, those that were open. */
  const withRevocationOf = ({ open }: SessionState, tokens: TokenSet | undefined): readonly OpenRevocation[] =>
    tokens ? [...open, openRevocation(tokens, now())] : open;

  /** Goes to what comes after a state, unless other tokens have taken the place of its tokens. */
  const replace = ({ tokens, position }: SignedInState, next: NextState): Promise<SessionState | undefined> =>
    change((before) => before.position.id === position.id && isSameGrant(before.tokens, tokens) && next);

  const { refresh, reset } = createTokenRefresh({
    ...parts,
    load,
    sync,
    replace,
    discard: async (tokens, sessionId) => {
      await change((known) => ({ ...known, open: [...known.open, openRevocation(tokens, now(), sessionId)] }));
      await revocations.send();
    },
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

  /**
   * Ends the session if it is the one that is meant; its tokens are revoked from then on. One that was lost could be renewed without
   * asking the user: no more.
   */
  const signOut = (isMeant: (state: SessionState) => boolean): Promise<SessionState | undefined> =>
    change(
      (known) =>
        (known.tokens !== undefined || known.reason === 'lost' || hasRequested) &&
        isMeant(known) && {
          reason: 'signed-out',
          idTokenHint: known.tokens?.idToken ?? known.idTokenHint,
          open: withRevocationOf(known, known.tokens),
          position: afterSignOut(known.position),
        },
    );

  /** Another access token of the same user's: a request that waited while somebody else signed in is not theirs. */
  const renew = async ({ claims }: TokenSet, ...which: Parameters<typeof refresh>): ReturnType<typeof refresh> => {
    const renewed = await refresh(...which);
    return renewed?.tokens.claims.sub === claims.sub ? renewed : undefined;
  };

  return {
    isSignedOut: () => {
      const known = record.known();
      return known !== undefined && !known.tokens;
    },
    view: async () => view(await load()),
    recover: async () => {
      const { tokens } = await load();
      revocations.retry();
      const [target, issued] = Object.entries(tokens?.accessTokens ?? {})[0] ?? [];
      if (!setback || !tokens || target === undefined) return;
      // A network that has failed says nothing of the server, which may have asked to be left alone.
      if (isTokenwardError(setback) && setback.cause instanceof TypeError) reset();
      await renew(tokens, target, issued).catch(() => {});
    },
    signOuts: async () => {
      hasRequested = true;
      return (await sync()).position.signOuts;
    },
    start: async (tokens, signOuts) => {
      await change((before) => {
        const { signOuts: known } = before.position;
        if ((signOuts ?? known) !== known) return { ...before, open: withRevocationOf(before, tokens) };
        // Nobody will sign somebody else out any more. Of the same user's, a server may end the whole grant (RFC 7009, section 2.1).
        const open = withRevocationOf(
          before,
          before.tokens?.claims.sub === tokens.claims.sub ? undefined : before.tokens,
        );
        return { tokens, position: positionAfter(before.position, now()), open };
      });
      reset();
      await revocations.send();
    },
    fail: async (error) => {
      const lastError = serializeError(error);
      // Where a silent sign-in is refused, the user has to be asked.
      const isEnd = lastError.code.endsWith('_refused');
      await change((before) =>
        before.reason === 'lost' && isEnd ? { reason: 'refused', lastError } : { ...before, lastError },
      );
    },
    abandon: async (error, fate) => {
      const before = await change(
        (known) =>
          !!known.tokens && {
            reason: 'lost',
            lastError: serializeError(error),
            open: withRevocationOf(known, fate === 'revoke' ? known.tokens : undefined),
          },
      );
      return before !== undefined;
    },
    forget: record.forget,
    sync,
    signOut: async () => {
      const before = await signOut(() => true);
      if (before) parts.tellVersions(before.position.id);
      await revocations.send();
    },
    endSignedOut: async (sessionId) => {
      await signOut(({ position, reason }) => position.id === sessionId && reason !== 'signed-out');
      await revocations.send();
    },
    sendRevocations: revocations.send,
    takeIdTokenHint: async () => {
      const before = await change((signedOut) => !!signedOut.idTokenHint && { ...signedOut, idTokenHint: undefined });
      return before?.idTokenHint;
    },
    fresh: async (target) => {
      const known = await load();
      const { tokens } = known;
      revocations.retry();
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
