import { type ExplainOptions, sketchRequest } from '../page/explain.ts';
import {
  type AccessChallenge,
  type AdoptedTokens,
  type Alarm,
  type AuthorizationOptions,
  type Claims,
  type Explanation,
  type Session,
  type SignedIn,
  type SignedOutReason,
  type TokenwardClient,
  TokenwardError,
} from '../page/index.ts';
import { createListeners } from '../page/listeners.ts';
import { createSessionStore } from '../page/session-store.ts';

/** Who is signed in. */
export interface TestUser<C extends Claims = Claims> extends Partial<Omit<SignedIn<C>, 'status' | 'claims'>> {
  /** What the ID token says of the user. */
  readonly claims: C;
}

/** A call that the app made, as it made it. */
export type TestCall =
  | { readonly method: 'login'; readonly options: AuthorizationOptions }
  | { readonly method: 'logout' | 'userinfo' }
  | { readonly method: 'adopt'; readonly tokens: AdoptedTokens }
  | { readonly method: 'explain'; readonly url: string; readonly init: ExplainOptions };

/** How the client answers. */
export interface TestClientOptions<C extends Claims = Claims> {
  /** Who is signed in at first; by default nobody. */
  readonly user?: TestUser<C>;
  /** What `explain()` answers; by default that no rule has this origin. */
  readonly explain?: (url: string, method: string) => Explanation;
  /** What becomes of tokens that are handed over; by default they are refused, as by a worker that does not allow it. */
  readonly adopt?: (tokens: AdoptedTokens) => TestUser<C>;
}

/** A client without a worker, and what a test does with it. */
export interface TestClient<C extends Claims = Claims> extends TokenwardClient<C> {
  /** Signs a user in, as if the browser had just come back from the authorization server. */
  readonly loginAs: (user: TestUser<C>) => void;
  /** Ends the session for a reason; `signed-out` by default. */
  readonly end: (reason?: SignedOutReason) => void;
  /** Makes the session any other. */
  readonly setSession: (session: Session<C>) => void;
  /** Tells the app of a challenge, as if one of its requests had met it. */
  readonly challenge: (challenge: AccessChallenge) => void;
  /** Tells the app of an alarm. */
  readonly alarm: (alarm: Alarm) => void;
  /** What the app has called, the oldest first. */
  readonly calls: readonly TestCall[];
}

const TOKEN_LIFETIME_MS = 5 * 60_000;

/**
 * Makes a client for tests of components: the whole interface of the real one, without worker, network and browser. As with
 * that one, `login()` and `logout()` do not settle, since the browser would leave the page.
 */
export function createTestClient<C extends Claims = Claims>(options: TestClientOptions<C> = {}): TestClient<C> {
  const { user, explain = () => ({ action: 'pass', reason: 'other_origin' }), adopt } = options;
  const store = createSessionStore<C>(user ? sessionOf(user) : { status: 'signed-out', reason: 'not-signed-in' });
  const challenges = createListeners<AccessChallenge>();
  const alarms = createListeners<Alarm>();
  const calls: TestCall[] = [];
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
    login: (given = {}) => leave({ method: 'login', options: given }),
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
    loginAs: (next) => store.set(sessionOf(next)),
    end: (reason = 'signed-out') => store.set({ status: 'signed-out', reason }),
    setSession: store.set,
    challenge: challenges.tell,
    alarm: alarms.tell,
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
    'This test client adopts no tokens. Give createTestClient() what "adopt" makes of them.',
  );
}
