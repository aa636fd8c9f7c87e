import type { SessionLimits } from '../../src/configuration/parse-session-limits.ts';
import { DEFAULT_TARGET, keyOfTarget, type TokenTarget } from '../../src/configuration/token-target.ts';
import type { Session } from '../../src/protocol/session.ts';
import type { RevocableTokens } from '../../sw/session/open-revocation.ts';
import type { SignInFacts } from '../../sw/session/session-changes.ts';
import { TokenSession } from '../../sw/session/token-session.ts';
import type { TokenSet } from '../../sw/session/token-set.ts';
import { SealedVault } from '../../sw/vault/sealed-vault.ts';
import { deriveSealingKey } from '../../sw/vault/sealing-key.ts';
import { Token } from '../../sw/vault/token.ts';
import { createMemoryRecordStore } from './memory-record-store.ts';

const START_MS = 1_800_000_000_000;

/** Lifetime of an access token, in milliseconds. */
export const LIFETIME_MS = 300_000;

/** Limits of five minutes and of an hour. */
export const LIMITS: SessionLimits = { idleMs: 300_000, absoluteMs: 3_600_000, warnBeforeMs: 60_000 };

/** A session with limits, and the clocks of its world: the true time, that of the machine, and that which stops while it sleeps. */
export class LimitedWorld {
  readonly announced: Session[] = [];
  readonly revoked: RevocableTokens[] = [];
  /** Whether a refresh brings an ID token. */
  hasIdToken = true;
  isOnline = true;
  refreshes = 0;
  session: TokenSession;
  #limits: SessionLimits | undefined;
  readonly #store = createMemoryRecordStore().store;
  readonly #key = deriveSealingKey('a secret of the worker');
  #trueMs = START_MS;
  #aheadMs = 0;
  #monotonicMs = 0;
  #pageMs = 0;

  constructor(limits: SessionLimits | 'none' = LIMITS) {
    this.#limits = limits === 'none' ? undefined : limits;
    this.session = this.#start();
  }

  /** The true time, in seconds since the epoch. */
  get seconds(): number {
    return Math.floor(this.#trueMs / 1000);
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.#trueMs += ms;
    this.#monotonicMs += ms;
    this.#pageMs += ms;
  }

  /** Lets the machine sleep: one clock stops. */
  sleep(ms: number): void {
    this.#trueMs += ms;
  }

  /** Sets the clock of the machine forward, or back. */
  setClock(byMs: number): void {
    this.#aheadMs += byMs;
  }

  /** The clock of a page, which no change of the machine's clock alters and which stops while the machine sleeps. */
  get pageMs(): number {
    return this.#pageMs;
  }

  /** Stops the worker, lets time pass, and starts it again. */
  restart(stoppedMs: number = 0, setClockMs: number = 0): void {
    this.#trueMs += stoppedMs;
    this.#pageMs += stoppedMs;
    this.#aheadMs += setClockMs;
    this.#monotonicMs = 0;
    this.session = this.#start();
  }

  /** Signs in; the server says when the user was authenticated, if that is given. */
  async signIn(authenticatedAgoMs?: number, sub: string = 'ada', facts: SignInFacts = {}): Promise<void> {
    const authTime = authenticatedAgoMs === undefined ? {} : { auth_time: this.seconds - authenticatedAgoMs / 1000 };
    await this.session.start(this.#issue({ sub, iat: this.seconds, ...authTime }), facts);
  }

  /** Deploys a worker with other limits. */
  withLimits(limits: SessionLimits): this {
    this.#limits = limits;
    this.restart();
    return this;
  }

  /** The access token that a request gets now. */
  async token(target: TokenTarget = DEFAULT_TARGET): Promise<string | undefined> {
    return (await this.session.fresh(target))?.issued.accessToken.reveal();
  }

  /** Whether a session is over, and by which limit. */
  async end(): Promise<string> {
    const view = await this.session.view();
    return view.status === 'signed-in' ? 'none' : `${view.reason} ${view.limit ?? ''}`.trim();
  }

  /** The sealed record, as page script may keep it. */
  async record(): Promise<unknown> {
    return this.#vault().peek('session');
  }

  #vault(): SealedVault {
    return new SealedVault({
      storage: 'sealed',
      store: this.#store,
      key: () => this.#key,
      workerVersion: async () => 'one',
      configuration: 'c',
      now: this.#now,
    });
  }

  #start(): TokenSession {
    return new TokenSession({
      vault: this.#vault(),
      refresh: async (tokens, target) => this.#refresh(tokens, target),
      revoke: async (tokens) => {
        this.revoked.push(tokens);
        return true;
      },
      announce: (view) => this.announced.push(view),
      tellVersions: () => {},
      isOnline: () => true,
      now: this.#now,
      schedule: () => {},
      isServerReachable: async () => true,
      refreshBeforeExpiryMs: 10_000,
      leaseMs: 20_000,
      limited: this.#limits && { limits: this.#limits, monotonicNow: () => this.#monotonicMs },
    });
  }

  readonly #now = (): number => this.#trueMs + this.#aheadMs;

  #refresh(tokens: TokenSet, target: TokenTarget): TokenSet {
    if (!this.isOnline) throw new TypeError('There is no network.');
    this.refreshes += 1;
    const claims = this.hasIdToken ? { ...tokens.claims, iat: this.seconds } : tokens.claims;
    return this.#issue(claims, keyOfTarget(target));
  }

  #issue(claims: TokenSet['claims'], key: string = keyOfTarget(DEFAULT_TARGET)): TokenSet {
    const name = `${this.refreshes}`;
    return {
      claims,
      scopes: ['openid'],
      accessTokens: {
        [key]: {
          accessToken: new Token('access_token', `access-${name}`),
          scopes: ['openid'],
          expiresAtMs: this.#now() + LIFETIME_MS,
          lifetimeMs: LIFETIME_MS,
          isBound: false,
        },
      },
      refreshToken: new Token('refresh_token', `refresh-${name}`),
      idToken: new Token('id_token', this.hasIdToken ? `id-${name}` : 'id-0'),
      dpopKey: undefined,
    };
  }
}
