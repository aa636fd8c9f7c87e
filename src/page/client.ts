import { type ExplainOptions, sketchRequest } from './explain.ts';
import type { ChallengeListener } from './challenge-listeners.ts';
import { type AccessChallenge, parseAccessChallenge } from '../protocol/access-challenge.ts';
import type { Alarm } from '../protocol/alarm.ts';
import type { Explanation } from '../protocol/explanation.ts';
import type { Claims, Session } from '../protocol/session.ts';
import { type AutomaticKind, landingPath } from './landing.ts';
import { leavePage } from './leave.ts';
import { checkLoginOptions } from './login-options.ts';
import type { PopupSignIn } from './popup-sign-in.ts';
import type { Connection } from './connection.ts';
import type { ExpiringListener } from './expiry-watch.ts';
import { activated, currentPath, isFramed, navigate } from './platform.ts';
import { withCode } from './platform-failure.ts';
import { TokenwardError } from '../protocol/error.ts';
import type { AdoptedTokens, AuthorizationOptions, LocalSignOut } from '../protocol/worker-api.ts';
import type { SessionStore } from './session-store.ts';
import type { StepUpGuard } from './step-up-guard.ts';

/** Listener for alarms. */
export type AlarmListener = (alarm: Alarm) => void;

/** Client that `connect()` returns. */
export interface TokenwardClient<C extends Claims = Claims> {
  /** Session: claims, scopes, expiry; never a token. */
  readonly session: Session<C>;
  /** Returns the session for React's `useSyncExternalStore`. */
  readonly getSnapshot: () => Session<C>;
  /** Calls the listener with the session at once and after every change in any tab. Returns the function that unsubscribes. */
  readonly subscribe: (listener: (session: Session<C>) => void) => () => void;
  /**
   * Leaves the page to sign in. The promise stays pending while the browser leaves the page. It rejects if the browser stays, or
   * restores the page from its back/forward cache; another call works then. A prerendered page waits until the user is on it.
   *
   * With `popup`, the page stays as it is: the sign-in is in a window of its own, which the worker closes. The promise resolves when there
   * is the session, and rejects if the user closes the window, or cancels, or is another one than the page has shown before. Call it while
   * the user clicks, or presses a key.
   *
   * @example
   * button.onclick = () => client.login({ popup: true }).then(save, showWhy);
   *
   * @param options options of the sign-in, or the challenge that it is to answer
   * @param further options beside a challenge
   * @throws {@link TokenwardError} `navigation_cancelled`, `navigation_blocked` in a frame, `issuer_unreachable`, `issuer_invalid`,
   *   `request_invalid`, `step_up_unmet`, `worker_timeout`; with `popup`, also `popup_blocked`, `popup_closed`, `popup_cancelled`, `popup_superseded`,
   *   `user_changed`, and those of the response
   */
  readonly login: (options?: AuthorizationOptions | AccessChallenge, further?: AuthorizationOptions) => Promise<void>;
  /**
   * Revokes and deletes the tokens, then leaves the page to end the session at the authorization server. The promise rejects as
   * that of `login()`. The tokens are deleted then, too, unless the worker did not answer. It resolves only if the server's session
   * does not end: the browser then goes to the app's page after sign-out.
   *
   * @returns that only the session of the app has ended
   *
   * @throws {@link TokenwardError} `navigation_cancelled`, `navigation_blocked` in a frame, `issuer_unreachable`, `worker_timeout`
   */
  readonly logout: () => Promise<LocalSignOut>;
  /**
   * Requests the user's claims from the authorization server's UserInfo endpoint. The worker sends the request and checks that
   * the claims are those of the session's user (OpenID Connect Core 1.0, section 5.3).
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
   * Explains to the developer of an app how the worker would treat a request, and why. Nothing is sent.
   *
   * @throws {@link TokenwardError} `request_invalid` for what `fetch()` would not send either
   */
  readonly explain: (input: string | URL, init?: ExplainOptions) => Promise<Explanation>;
  /**
   * Calls the listener when a protected resource requires more scopes, or a stronger or more recent sign-in, for a request of
   * this page. Returns the function that unsubscribes. The request itself gets the resource's response; where the configuration sets
   * `stepUpWaitSeconds` and the listener returns a promise, it waits, and is sent once more after the sign-in.
   *
   * @example
   * client.onChallenge((challenge) => client.login(challenge, { popup: true }));
   */
  readonly onChallenge: (listener: ChallengeListener) => () => void;
  /**
   * Calls the listener, in every open page, when a tripwire went off: an event that only an attack or a severe mistake causes.
   * Returns the function that unsubscribes.
   */
  readonly onAlarm: (listener: AlarmListener) => () => void;
  /**
   * Calls the listener once a second while the session is about to reach one of its limits, with the time that is left; and once with
   * `undefined` when that is over, since the user is active again or the session has ended. Returns the function that unsubscribes.
   *
   * @example
   * client.onExpiring((expiring) => {
   *   warning.hidden = !expiring;
   *   if (expiring) warning.textContent = `Signed out in ${Math.ceil(expiring.leftMs / 1000)} s`;
   * });
   */
  readonly onExpiring: (listener: ExpiringListener) => () => void;
  /**
   * Notes that the user is active, as a key or the pointer does by itself. It moves the idle limit, and never the absolute one. If the
   * session has ended, it stays so.
   *
   * @throws {@link TokenwardError} `worker_timeout`
   */
  readonly stayActive: () => Promise<void>;
}

/** Client, and the sign-in that the library begins by itself. */
export interface ConnectedPage<C extends Claims = Claims> {
  readonly client: TokenwardClient<C>;
  /** Leaves the page to sign in, silently for a renewal. Rejects as `login()` does. */
  readonly signIn: (kind: AutomaticKind) => Promise<void>;
}

/**
 * Adds to a client the sign-in that the library begins by itself.
 *
 * @param loginPath path of the worker's login endpoint
 */
export function withAutomaticSignIn<C extends Claims>(client: TokenwardClient<C>, loginPath: string): ConnectedPage<C> {
  return {
    client,
    signIn: (kind) =>
      client.login({
        returnTo: landingPath(loginPath, kind, Date.now()),
        ...(kind === 'renewal' && { silent: true }),
      }),
  };
}

/** Parts of the client besides the connection and the session. */
export interface ClientParts<C extends Claims> extends Pick<
  TokenwardClient<C>,
  'onChallenge' | 'onAlarm' | 'onExpiring'
> {
  readonly popups: Pick<PopupSignIn<C>, 'begin'>;
  readonly stepUpGuard: Pick<StepUpGuard, 'check' | 'note'>;
  /** Returns what this browser remembers of the session that a silent sign-in is to bring back. */
  readonly recallHint: () => string | undefined;
}

/**
 * Creates the client.
 *
 * @param connection connection with the app's worker
 * @param store store of the session
 * @param parts functions that add listeners, and what this browser remembers
 */
export function createClient<C extends Claims>(
  connection: Pick<Connection<C>, 'call' | 'note'>,
  { getSnapshot, subscribe }: SessionStore<C>,
  { popups, stepUpGuard, recallHint, ...events }: ClientParts<C>,
): TokenwardClient<C> {
  return {
    get session() {
      return getSnapshot();
    },
    getSnapshot,
    subscribe,
    login: (options = {}, further) =>
      withCode(async () => {
        const { popup, ...checked } = checkLoginOptions(options, further);
        const challenge = parseAccessChallenge(options);
        if (challenge) stepUpGuard.check(challenge);
        // At once: later, the browser may not let the page open a window.
        if (popup) {
          if (challenge) stepUpGuard.note(challenge);
          return popups.begin(checked);
        }
        await activated();
        const isSilent = checked.silent === true || checked.prompt === 'none';
        const renewalHint = isSilent ? recallHint() : undefined;
        const request = { returnTo: currentPath(), ...checked, ...(renewalHint !== undefined && { renewalHint }) };
        const { url } = await connection.call('prepareAuthorization', request);
        if (isFramed()) throw framed('login(): this page', 'Call it');
        if (challenge) stepUpGuard.note(challenge);
        await leavePage(() => navigate(url));
      }),
    logout: () =>
      withCode(async () => {
        await activated();
        const { url, ended } = await connection.call('signOut');
        if (ended) {
          // No other page takes the place of this one before its code has read the result.
          if (!isFramed()) navigate(url);
          return { ended };
        }
        if (isFramed())
          throw framed('logout(): the tokens are deleted, but this page', 'To sign out there too, call it');
        return leavePage(() => navigate(url));
      }),
    userinfo: () => withCode(() => connection.call('userInfo')),
    adopt: (tokens) => withCode(async () => void (await connection.call('adopt', tokens))),
    explain: (input, init = {}) => withCode(async () => connection.call('explain', sketchRequest(input, init))),
    stayActive: () => withCode(() => connection.note('noteActivity', { agoMs: 0 })),
    ...events,
  };
}

/** Creates the error for a page in a frame: the worker begins no sign-in there, and the frame would show the browser's error page. */
function framed(what: string, call: string): TokenwardError {
  return new TokenwardError(
    'navigation_blocked',
    `${what} is in a frame, where no authorization server may be. ${call} in a window of its own: window.open(location.href).`,
  );
}
