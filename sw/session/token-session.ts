import { parseTargetKey, type TokenTarget } from '../../src/configuration/token-target.ts';
import { isTokenwardError } from '../../src/protocol/error.ts';
import { isSameUser, type Session } from '../../src/protocol/session.ts';
import type { Token } from '../vault/token.ts';
import { LimitedRecord, type StateRecord } from './limited-record.ts';
import type { RevocableTokens } from './open-revocation.ts';
import { Revocations } from './revocations.ts';
import { loseSession, noteFailure, type SignInFacts, signOutSession, startSession } from './session-changes.ts';
import { type LostSession, rememberSession } from './lost-session.ts';
import { type NextState, SessionRecord } from './session-record.ts';
import type { SessionParts } from './session-parts.ts';
import { type SessionState, type SignedInState, viewOfState } from './session-state.ts';
import { isRefusal, type TargetToken, TokenRefresh } from './token-refresh.ts';
import { isSameGrant, issuedFor, type IssuedToken, type TokenSet } from './token-set.ts';

/** The one session of this origin: its state, its refreshes one at a time, its end. */
export class TokenSession {
  /** The record, if the session has limits. */
  readonly limits: LimitedRecord | undefined;
  readonly #parts: SessionParts;
  readonly #record: StateRecord;

  readonly #revocations: Revocations;
  readonly #renewal: TokenRefresh;
  /** Whether tokens of a sign-in may be under way: then a sign-out counts, though there is no session. */
  #hasRequested = false;
  /** Error of the last refresh; `undefined` if it went well. */
  #setback: unknown;
  /** State that was announced to the pages last. */
  #published: SessionState | undefined;

  /** @param parts the vault, the authorization server, the clock, the pages */
  constructor(parts: SessionParts) {
    const { vault, now, allows } = parts;
    this.#parts = parts;
    const record = new SessionRecord({ vault, now, allows, publish: (state) => this.#publish(state) });
    this.limits = parts.limited && new LimitedRecord(record, parts.limited.limits, { ...parts.limited, now });
    this.#record = this.limits ?? record;
    this.#revocations = new Revocations(this.#record, parts);
    this.#renewal = new TokenRefresh({
      ...parts,
      load: () => this.#record.load(),
      sync: () => this.sync(),
      replace: (from, next) => this.#replace(from, next),
      discard: (tokens, sessionId) => this.#revocations.add(tokens, () => sessionId),
      useRefreshToken: (tokens, target) => this.#useRefreshToken(tokens, target),
    });
  }

  /** Whether a request may pass: there is no session, as is known already. Then pages that still know one are notified: nothing else comes. */
  passIfSignedOut(): boolean {
    const known = this.#record.known();
    if (known === undefined || known.tokens) return false;
    if (known !== this.#published) this.#publish(known);
    return true;
  }

  /** Returns the session as the page may see it. */
  async view(): Promise<Session> {
    return this.#viewOf(await this.#record.load());
  }

  /** Asks for a new access token, if the last refresh failed. */
  async recover(): Promise<void> {
    const { tokens } = await this.#record.load();
    this.#revocations.retry();
    const [key, issued] = Object.entries(tokens?.accessTokens ?? {})[0] ?? [];
    if (!this.#setback || !tokens || key === undefined) return;
    // A network that has failed says nothing of the server, which may have asked to be left alone.
    if (isTokenwardError(this.#setback) && this.#setback.cause instanceof TypeError) this.#renewal.reset();
    await this.#renewForSameUser({ target: parseTargetKey(key), issued, tokens }).catch(() => {});
  }

  /** Returns the number of sign-outs so far: ask before tokens are requested, and give it to {@link TokenSession.start}. */
  async signOuts(): Promise<number> {
    this.#hasRequested = true;
    return (await this.sync()).position.signOuts;
  }

  /** Returns what a renewal needs to find the user of this session again, or of the one that was lost. */
  async remembered(): Promise<LostSession | undefined> {
    const { tokens, lost } = await this.#record.load();
    return tokens ? rememberSession(tokens) : lost;
  }

  /** Begins a session, as {@link startSession} decides. */
  async start(tokens: TokenSet, facts: SignInFacts = {}): Promise<void> {
    const decide = (before: SessionState): NextState =>
      startSession(before, tokens, { ...facts, nowMs: this.#parts.now() });
    await (this.limits?.begin(decide, facts.renewal ? 'not-asked' : 'asked') ?? this.#record.change(decide));
    this.#renewal.reset();
    await this.#revocations.send();
  }

  /** Notes why a sign-in did not end well; the session, if there is one, stays. */
  async fail(error: unknown): Promise<void> {
    await this.#record.change((before) => noteFailure(before, error));
  }

  /**
   * Ends the session for a reason that is not the user's: it can be renewed, with other tokens.
   *
   * @param fate what happens to the tokens; {@link TokenSession.sendRevocations} sends the revocation
   * @returns whether there was a session
   */
  async end(error: unknown, fate: 'revoke' | 'wipe'): Promise<boolean> {
    const before = await this.#record.change((known) => loseSession(known, error, { fate, nowMs: this.#parts.now() }));
    return before !== undefined;
  }

  /** Forgets what was read, so that it is read again. */
  forget(): void {
    this.#record.unload();
  }

  /** Takes over what another version of this worker has written. */
  async sync(): Promise<SessionState> {
    const state = await this.#record.catchUp();
    this.#revocations.retry();
    return state;
  }

  /** Ends the session by the user's wish: forgets first, so that nothing can bring it back, then revokes. */
  async signOut(): Promise<void> {
    const before = await this.#signOutIf(() => true);
    if (before) this.#parts.tellVersions(before.position.id);
    await this.#revocations.send();
  }

  /** Ends a session that another version of this worker has signed out. */
  async endSignedOut(sessionId: string): Promise<void> {
    await this.#signOutIf(({ position, reason }) => position.id === sessionId && reason !== 'signed-out');
    await this.#revocations.send();
  }

  /** Revokes tokens of a refused sign-in. If there is a session, even a lost one, it may share their grant: then they wait for its end. */
  discardRefused(tokens: RevocableTokens): Promise<void> {
    return this.#revocations.add(tokens, ({ tokens: own, lost, position }) => (own || lost ? position.id : undefined));
  }

  /** Sends the revocations that are open; they stay open until the authorization server has answered. */
  sendRevocations(): Promise<void> {
    return this.#revocations.send();
  }

  /** Returns the ID token of the session that was signed out, once. */
  async takeIdTokenHint(): Promise<Token<'id_token'> | undefined> {
    const before = await this.#record.change(
      (signedOut) => !!signedOut.idTokenHint && { ...signedOut, idTokenHint: undefined },
    );
    return before?.idTokenHint;
  }

  /**
   * Returns an access token for a target that has not expired; gets one if there is none yet, and refreshes it before it expires.
   *
   * @returns `undefined` if there is no session
   * @throws {@link TokenwardError} if there is none and none can be had now
   */
  async fresh(target: TokenTarget): Promise<TargetToken | undefined> {
    const known = await this.#record.load();
    const { tokens } = known;
    this.#revocations.retry();
    // A page may know a session that was lost with the memory of an earlier instance of this worker.
    if (!tokens) {
      this.#publish(known);
      return undefined;
    }
    const issued = issuedFor(tokens, target);
    if (!issued) return this.#renewForSameUser({ target, issued, tokens });
    const remainingMs = issued.expiresAtMs - this.#parts.now();
    const isUsable = remainingMs > 0;
    if (this.#isFresh(issued, remainingMs) || (isUsable && !tokens.refreshToken)) return { target, issued, tokens };
    try {
      return await this.#renewForSameUser({ target, issued, tokens });
    } catch (error) {
      // It may have ended meanwhile.
      if (isUsable && (await this.#record.load()).tokens) return { target, issued, tokens };
      throw error;
    }
  }

  /**
   * Returns a newer access token than one that the protected resource refused as invalid (RFC 6750, section 3.1).
   *
   * @returns `undefined` if there is none to be had
   */
  freshAfter(refused: TargetToken): Promise<TargetToken | undefined> {
    return this.#renewForSameUser(refused).catch(() => undefined);
  }

  #viewOf(state: SessionState): Session {
    const { vault, isOnline } = this.#parts;
    const network = this.#setback || !isOnline() ? 'offline' : 'online';
    return viewOfState(state, { storage: vault.storage, network, limits: this.limits?.limitsOf(state) });
  }

  #publish(state: SessionState): void {
    this.#published = state;
    if (state.reason === 'expired') this.#revocations.retry();
    this.#parts.announce(this.#viewOf(state));
  }

  /** Whether an access token need not be refreshed yet. One that lives longer than it can is of a clock that was set back since. */
  #isFresh({ lifetimeMs }: IssuedToken, remainingMs: number): boolean {
    const marginMs = Math.min(this.#parts.refreshBeforeExpiryMs, lifetimeMs / 3);
    return remainingMs > marginMs && remainingMs <= lifetimeMs;
  }

  /** Renews an access token for the same user: a request that waited while another user signed in is not theirs. */
  async #renewForSameUser({ target, issued, tokens }: StaleToken): Promise<TargetToken | undefined> {
    const refreshed = await this.#renewal.renew(target, issued);
    return isSameUser(refreshed?.tokens.claims, tokens.claims) ? refreshed : undefined;
  }

  /** Uses the refresh token, and notes whether that went well. */
  async #useRefreshToken(tokens: TokenSet, target: TokenTarget): Promise<TokenSet> {
    try {
      const refreshed = await this.#parts.refresh(tokens, target);
      this.#setback = undefined;
      return refreshed;
    } catch (error) {
      const isNew = !this.#setback;
      this.#setback = isRefusal(error) ? undefined : error;
      if (this.#setback && isNew) this.#publish(await this.#record.load());
      throw error;
    }
  }

  /** Goes to what comes after a state, unless other tokens have taken the place of its tokens. */
  #replace({ tokens, position }: SignedInState, next: NextState): Promise<SessionState | undefined> {
    return this.#record.change(
      (before) => before.position.id === position.id && isSameGrant(before.tokens, tokens) && next,
    );
  }

  /** Ends the session by the user's wish, if it is the one that is meant. */
  #signOutIf(isMeant: (state: SessionState) => boolean): Promise<SessionState | undefined> {
    return this.#record.change((known) => {
      const counts = known.tokens !== undefined || /^(lost|expired)$/.test(known.reason) || this.#hasRequested;
      return counts && isMeant(known) && signOutSession(known, this.#parts.now());
    });
  }
}

/** Access token that is to be renewed, if there is one. */
type StaleToken = Omit<TargetToken, 'issued'> & { readonly issued: IssuedToken | undefined };
