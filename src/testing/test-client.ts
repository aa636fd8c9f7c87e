import { type ExplainOptions, sketchRequest } from '../page/explain.ts';
import {
  type AccessChallenge,
  type AdoptedTokens,
  type Alarm,
  type AuthorizationOptions,
  type Claims,
  type Expiring,
  type Explanation,
  type Session,
  type SignedIn,
  type SignedOutReason,
  type TokenwardClient,
  TokenwardError,
} from '../page/index.ts';
import { createListeners } from '../page/listeners.ts';
import { PageUser, userChange } from '../page/page-user.ts';
import { createSessionStore } from '../page/session-store.ts';

/** User who is signed in. */
export interface TestUser<C extends Claims = Claims> extends Partial<Omit<SignedIn<C>, 'status' | 'claims'>> {
  /** Claims of the user's ID token. */
  readonly claims: C;
}

/** Call that the app made, with its arguments. */
export type TestCall =
  | { readonly method: 'login'; readonly options: AuthorizationOptions }
  | { readonly method: 'logout' | 'userinfo' | 'stayActive' }
  | { readonly method: 'adopt'; readonly tokens: AdoptedTokens }
  | { readonly method: 'explain'; readonly url: string; readonly init: ExplainOptions };

/** Options of the client. */
export interface TestClientOptions<C extends Claims = Claims> {
  /** User who is signed in at first; by default there is no session. */
  readonly user?: TestUser<C>;
  /** Returns the result of `explain()`; by default that no rule has this origin. */
  readonly explain?: (url: string, method: string) => Explanation;
  /** Returns the user of adopted tokens; by default `adopt()` rejects, as with a worker that does not allow it. */
  readonly adopt?: (tokens: AdoptedTokens) => TestUser<C>;
}

/** Client without a worker, with methods for the test. */
export interface TestClient<C extends Claims = Claims> extends TokenwardClient<C> {
  /** Signs a user in, as if the browser had just returned from the authorization server. */
  readonly loginAs: (user: TestUser<C>) => void;
  /** Ends the session for a reason; `signed-out` by default. */
  readonly end: (reason?: SignedOutReason) => void;
  /** Sets the session to any value. */
  readonly setSession: (session: Session<C>) => void;
  /** Notifies the app of a challenge, as if one of its requests had met it. */
  readonly challenge: (challenge: AccessChallenge) => void;
  /** Notifies the app of an alarm. */
  readonly alarm: (alarm: Alarm) => void;
  /** Notifies the app of the time that is left until the session ends; without it, that the session goes on. */
  readonly expire: (expiring?: Expiring) => void;
  /** Calls of the app, the oldest first. */
  readonly calls: readonly TestCall[];
}

const TOKEN_LIFETIME_MS = 5 * 60_000;

/**
 * Creates a client for tests of components: the whole interface of the real client, without worker, network and browser. As
 * with the real client, the promises of `login()` and `logout()` stay pending, since the browser would leave the page. That of
 * `login({ popup: true })` resolves at `loginAs()`, and rejects if the page has shown another user.
 *
 * @example
 * const client = createTestClient({ user: { claims: { sub: 'alice', name: 'Alice' } } });
 * client.end('refused');
 * // … and the app asks the user to sign in again:
 * expect(client.calls).toEqual([{ method: 'login', options: {} }]);
 */
export function createTestClient<C extends Claims = Claims>(options: TestClientOptions<C> = {}): TestClient<C> {
  const { user, explain = () => ({ action: 'pass', reason: 'other_origin' }), adopt } = options;
  const store = createSessionStore<C>(user ? sessionOf(user) : { status: 'signed-out', reason: 'not-signed-in' });
  const challenges = createListeners<AccessChallenge>();
  const alarms = createListeners<Alarm>();
  const expirings = createListeners<Expiring | undefined>();
  const calls: TestCall[] = [];
  const pageUser = new PageUser(store.subscribe);
  const pendingPopups: ((now: C) => void)[] = [];
  const leave = (call: TestCall): Promise<never> => {
    calls.push(call);
    return new Promise(() => {});
  };

  return {
    get session() {
      return store.getSnapshot();
    },
    getSnapshot: store.getSnapshot,
    subscribe: store.subscribe,
    login: (given = {}, further) => {
      const chosen = { ...given, ...further };
      const leaving = leave({ method: 'login', options: chosen });
      if (!chosen.popup) return leaving;
      const { claims } = pageUser;
      return new Promise((resolve, reject) => {
        pendingPopups.push((now) => {
          const error = userChange(claims, now);
          return error ? reject(error) : resolve();
        });
      });
    },
    logout: () => {
      const leaving = leave({ method: 'logout' });
      store.set({ status: 'signed-out', reason: 'signed-out' });
      return leaving;
    },
    userinfo: async () => {
      calls.push({ method: 'userinfo' });
      const session = store.getSnapshot();
      return session.status === 'signed-in' ? session.claims : undefined;
    },
    adopt: async (tokens) => {
      calls.push({ method: 'adopt', tokens });
      if (!adopt) throw adoptionNotAllowed();
      store.set(sessionOf(adopt(tokens)));
    },
    explain: async (input, init = {}) => {
      const { url, method } = sketchRequest(input, init);
      calls.push({ method: 'explain', url, init });
      return explain(url, method);
    },
    onChallenge: challenges.add,
    onAlarm: alarms.add,
    onExpiring: expirings.add,
    stayActive: async () => void calls.push({ method: 'stayActive' }),
    loginAs: (next) => {
      store.set(sessionOf(next));
      for (const end of pendingPopups.splice(0)) end(next.claims);
    },
    end: (reason = 'signed-out') => store.set({ status: 'signed-out', reason }),
    setSession: store.set,
    challenge: challenges.tell,
    alarm: alarms.tell,
    expire: (expiring) => expirings.tell(expiring),
    calls,
  };
}

function sessionOf<C extends Claims>(user: TestUser<C>): SignedIn<C> {
  return {
    status: 'signed-in',
    scopes: ['openid'],
    storage: 'sealed',
    network: 'online',
    expiresAtMs: Date.now() + TOKEN_LIFETIME_MS,
    ...user,
  };
}

function adoptionNotAllowed(): TokenwardError {
  return new TokenwardError(
    'adoption_not_allowed',
    'This test client adopts no tokens. Give createTestClient() an "adopt" function.',
  );
}
