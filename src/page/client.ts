import { type ExplainOptions, sketchRequest } from './explain.ts';
import type { AccessChallenge } from '../protocol/access-challenge.ts';
import type { Alarm } from '../protocol/alarm.ts';
import type { Explanation } from '../protocol/explanation.ts';
import type { Claims, Session } from '../protocol/session.ts';
import { leavePage } from './leave.ts';
import { checkLoginOptions } from './login-options.ts';
import type { OwnRegistration } from './own-worker.ts';
import { currentPath, navigate } from './platform.ts';
import type { AdoptedTokens, AuthorizationOptions } from '../protocol/worker-api.ts';
import type { SessionStore } from './session-store.ts';
import { callWorker } from './worker-channel.ts';

/** Hears of each challenge that a request of this page has met. */
export type ChallengeListener = (challenge: AccessChallenge) => void;

/** Hears of each alarm. */
export type AlarmListener = (alarm: Alarm) => void;

/** What `connect()` gives an app. */
export interface TokenwardClient<C extends Claims = Claims> {
  /** The session: claims, scopes, expiry; never a token. */
  readonly session: Session<C>;
  /** The session, as React's `useSyncExternalStore` asks for it. */
  readonly getSnapshot: () => Session<C>;
  /** Hears of the session at once and at every change, in every tab; gives the function that ends it. */
  readonly subscribe: (listener: (session: Session<C>) => void) => () => void;
  /**
   * Leaves the page to sign in. Nothing settles in a page that is left; the promise resolves if the browser stays, or comes back to
   * the page as it was.
   *
   * @throws {@link TokenwardError} `issuer_unreachable`, `issuer_invalid`, `request_invalid`, `worker_timeout`
   */
  readonly login: (options?: AuthorizationOptions) => Promise<void>;
  /**
   * Revokes and forgets the tokens, then leaves the page to end the session at the authorization server. It resolves as
   * `login()` does.
   *
   * @throws {@link TokenwardError} `worker_timeout`
   */
  readonly logout: () => Promise<void>;
  /**
   * Asks the authorization server for the user's claims, at its UserInfo endpoint; the worker does, and checks whose they are.
   *
   * @returns `undefined` if there is no session
   * @throws {@link TokenwardError} `userinfo_unavailable`, `userinfo_invalid`, `issuer_unreachable`, `issuer_invalid`
   */
  readonly userinfo: () => Promise<Claims | undefined>;
  /**
   * Hands over tokens of the app's own sign-in code, if the worker's configuration allows it.
   *
   * @throws {@link TokenwardError} `adoption_not_allowed`, `id_token_invalid`, `token_response_invalid`
   */
  readonly adopt: (tokens: AdoptedTokens) => Promise<void>;
  /**
   * Says what the worker would do with a request, and why, for the developer of an app. Nothing is sent.
   *
   * @throws TypeError for what `fetch()` would not send either
   */
  readonly explain: (input: string | URL, init?: ExplainOptions) => Promise<Explanation>;
  /**
   * Hears when a protected resource wants more scopes, or a stronger or more recent sign-in, than a request of this page
   * came with; gives the function that ends it. The request itself gets the resource's answer.
   */
  readonly onChallenge: (listener: ChallengeListener) => () => void;
  /**
   * Hears, in every open page, when a tripwire went off: something happened that only an attack or a grave mistake does.
   * Gives the function that ends it.
   */
  readonly onAlarm: (listener: AlarmListener) => () => void;
}

/**
 * @param registration the registration of the worker that was connected to
 * @param store the session as it changes
 * @param events who wants to hear of challenges and alarms
 */
export function createClient<C extends Claims>(
  registration: OwnRegistration,
  { getSnapshot, subscribe }: SessionStore<C>,
  events: Pick<TokenwardClient<C>, 'onChallenge' | 'onAlarm'>,
): TokenwardClient<C> {
  return {
    get session() {
      return getSnapshot();
    },
    getSnapshot,
    subscribe,
    login: async (options = {}) => {
      const request = { returnTo: currentPath(), ...checkLoginOptions(options) };
      const { url } = await callWorker(registration, 'prepareAuthorization', request);
      await leavePage(() => navigate(url));
    },
    logout: async () => {
      const { url } = await callWorker(registration, 'signOut');
      await leavePage(() => navigate(url));
    },
    userinfo: () => callWorker(registration, 'userInfo'),
    adopt: async (tokens) => {
      await callWorker(registration, 'adopt', tokens);
    },
    explain: async (input, init = {}) => callWorker(registration, 'explain', sketchRequest(input, init)),
    ...events,
  };
}
