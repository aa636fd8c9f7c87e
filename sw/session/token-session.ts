import { isTokenwardError, serializeError } from '../../src/protocol/error.ts';
import type { Session } from '../../src/protocol/session.ts';
import type { Token } from '../vault/token.ts';
import type { Vault } from '../vault/vault.ts';
import { BackOff } from './back-off.ts';
import { parseState, revealState, type SessionState, type SignedOutState, viewOfState } from './session-state.ts';
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

/** An access token, and which of the session's it is, so that one that was refused is renewed only once. */
export interface AccessGrant {
  readonly token: Token<'access_token'>;
  readonly tokens: TokenSet;
}

/** The one session of this origin: its state, its single refresh, its end. */
export class TokenSession {
  readonly #parts: SessionParts;
  readonly #backOff: BackOff;
  #state: SessionState | undefined;
  #loading: Promise<SessionState> | undefined;
  #refreshing: Promise<TokenSet | undefined> | undefined;
  #changing: Promise<unknown> = Promise.resolve();

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#backOff = new BackOff(parts.now);
  }

  /** The state if it was loaded already, for decisions that cannot wait. */
  get state(): SessionState | undefined {
    return this.#state;
  }

  /** The state; reads it from the vault the first time. */
  async load(): Promise<SessionState> {
    return (this.#state ??= await (this.#loading ??= this.#read()));
  }

  /** What the page may see. */
  async view(): Promise<Session> {
    return viewOfState(await this.load(), this.#parts.vault.storage);
  }

  /** Begins a session; it takes the place of the one before. */
  async start(tokens: TokenSet): Promise<void> {
    await this.#change(() => ({ status: 'signed-in', tokens }));
    this.#backOff.succeed();
  }

  /** Notes why a sign-in did not end well; the session, if there is one, stays. */
  async fail(error: unknown): Promise<void> {
    await this.#change((state) => ({ ...state, lastError: serializeError(error) }));
  }

  /** Ends the session by the user's wish: forgets first, so that nothing can bring it back, then revokes. */
  async signOut(): Promise<void> {
    const before = await this.#change(
      (state) => state.status === 'signed-in' && { status: 'signed-out', reason: 'signed-out', idTokenHint: state.tokens.idToken },
    );
    if (before?.status === 'signed-in') await this.#parts.revoke(before.tokens);
  }

  /** Gives the ID token of the session that was signed out, once. */
  async takeIdTokenHint(): Promise<Token<'id_token'> | undefined> {
    const before = await this.#change(
      (state) => state.status === 'signed-out' && state.idTokenHint !== undefined && { ...state, idTokenHint: undefined },
    );
    return before?.status === 'signed-out' ? before.idTokenHint : undefined;
  }

  /**
   * An access token that has not expired; refreshes it before it does.
   *
   * @returns `undefined` if there is no session
   * @throws {@link TokenwardError} if it has expired and cannot be renewed now
   */
  async accessToken(): Promise<AccessGrant | undefined> {
    const state = await this.load();
    if (state.status === 'signed-out') return undefined;
    const { tokens } = state;
    const remainingMs = tokens.expiresAtMs - this.#parts.now();
    if (remainingMs > Math.min(this.#parts.refreshBeforeExpiryMs, tokens.lifetimeMs / 3)) return grantOf(tokens);
    try {
      return grantOf(await this.#refresh(tokens));
    } catch (error) {
      if (remainingMs > 0) return grantOf(tokens);
      throw error;
    }
  }

  /**
   * A newer access token than one that the protected resource refused as invalid (RFC 6750, section 3.1).
   *
   * @returns `undefined` if there is none to be had
   */
  async accessTokenAfter(refused: AccessGrant): Promise<AccessGrant | undefined> {
    const state = await this.load();
    if (state.status === 'signed-out') return undefined;
    if (state.tokens !== refused.tokens) return grantOf(state.tokens);
    return grantOf(await this.#refresh(state.tokens).catch(() => undefined));
  }

  async #read(): Promise<SessionState> {
    return parseState(await this.#parts.vault.read('session'));
  }

  /** One refresh for all who wait. */
  #refresh(tokens: TokenSet): Promise<TokenSet | undefined> {
    this.#refreshing ??= this.#refreshOnce(tokens).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refreshOnce(tokens: TokenSet): Promise<TokenSet | undefined> {
    if (!tokens.refreshToken) return this.#lose(tokens, { status: 'signed-out', reason: 'lost' });
    this.#backOff.check();
    const lease = await this.#parts.vault.acquireLease(this.#parts.leaseMs);
    if (lease === 'held') return this.#waitForOtherVersion(tokens);
    const latest = await this.#latest(tokens);
    if (latest !== tokens) {
      await this.#parts.vault.releaseLease();
      return latest;
    }
    let renewed: TokenSet;
    try {
      renewed = await this.#parts.refresh(tokens);
    } catch (error) {
      // The lease stays where the answer is unknown: a refusal that follows may be the echo of an answer that was lost.
      if (!isTokenwardError(error) || error.code !== 'token_request_refused') {
        this.#backOff.fail(error);
        throw error;
      }
      const reason = lease === 'granted' ? 'refused' : 'lost';
      await this.#lose(tokens, { status: 'signed-out', reason, lastError: serializeError(error) });
      await this.#parts.vault.releaseLease();
      return undefined;
    }
    this.#backOff.succeed();
    const before = await this.#change((state) => holds(state, tokens) && { status: 'signed-in', tokens: renewed });
    await this.#parts.vault.releaseLease();
    if (before) return renewed;
    // Signed out, or signed in anew, in the meantime: what came must not bring the old session back.
    await this.#parts.revoke(renewed);
    return undefined;
  }

  /** Another worker version refreshes: use what it writes. */
  async #waitForOtherVersion(tokens: TokenSet): Promise<TokenSet | undefined> {
    const untilMs = this.#parts.now() + this.#parts.leaseMs;
    while (this.#parts.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const latest = await this.#latest(tokens);
      if (latest !== tokens) return latest;
    }
    return this.#refreshOnce(tokens);
  }

  /** What another worker version has written in the meantime takes the place of what this one knows. */
  async #latest(tokens: TokenSet): Promise<TokenSet | undefined> {
    const stored = parseState(await this.#parts.vault.read('session'));
    if (stored.status === 'signed-out' && stored.reason !== 'signed-out') return tokens;
    if (stored.status === 'signed-in' && stored.tokens.accessToken.reveal() === tokens.accessToken.reveal()) return tokens;
    this.#publish(stored);
    return stored.status === 'signed-in' ? stored.tokens : undefined;
  }

  async #lose(tokens: TokenSet, next: SignedOutState): Promise<undefined> {
    await this.#change((state) => holds(state, tokens) && next);
  }

  /**
   * Goes to the next state: one change at a time, written down before anybody sees it.
   *
   * @param decide the next state, or `false` to leave it as it is
   * @returns the state before, if it was left
   */
  #change(decide: (state: SessionState) => SessionState | false): Promise<SessionState | undefined> {
    const change = this.#changing.then(async () => {
      const before = await this.load();
      const next = decide(before);
      if (next === false) return undefined;
      const value = revealState(next);
      const { vault } = this.#parts;
      // The latest event wins over what another worker version wrote in between.
      if (!(await vault.write('session', value))) {
        await vault.read('session');
        await vault.write('session', value);
      }
      this.#publish(next);
      return before;
    });
    this.#changing = change.catch(() => {});
    return change;
  }

  #publish(state: SessionState): void {
    this.#state = state;
    this.#parts.announce(viewOfState(state, this.#parts.vault.storage));
  }
}

function holds(state: SessionState, tokens: TokenSet): boolean {
  return state.status === 'signed-in' && state.tokens === tokens;
}

function grantOf(tokens: TokenSet | undefined): AccessGrant | undefined {
  return tokens && { token: tokens.accessToken, tokens };
}
