import type { AccessChallenge } from './access-challenge.ts';
import type { Alarm } from './alarm.ts';
import type { SerializedError } from './error.ts';
import type { Explanation, RequestSketch } from './explanation.ts';
import type { PopupEnd } from './popup.ts';
import type { Claims, Session, SessionLimit } from './session.ts';

/** Paths that the worker answers, relative to the origin. */
export interface Endpoints {
  readonly login: string;
  readonly logout: string;
  readonly callback: string;
  readonly session: string;
}

/** Result of the handshake: protocol version, endpoints and session. */
export interface Handshake {
  readonly protocolVersion: number;
  readonly endpoints: Endpoints;
  readonly session: Session;
}

/** Notice of a page that the browser knows of no registration of the worker. */
export interface RegistrationNotice {
  readonly registration: 'missing';
}

/** Options of a sign-in that a page may choose. The worker refuses those that its configuration does not allow. */
export interface AuthorizationOptions {
  /** URL of this origin to open after the sign-in; by default the current page. */
  readonly returnTo?: string;
  /** Whether the sign-in must show nothing and otherwise fail: short for the prompt `none`. */
  readonly silent?: boolean;
  /** Prompt of the server (OpenID Connect Core 1.0, section 3.1.2.1). The configuration must allow every value but `none`. */
  readonly prompt?: Prompt;
  /** Authentication context classes, the best first (RFC 9470, section 4); the configuration must let the page choose. */
  readonly acrValues?: readonly string[];
  /** Largest time since the user's authentication, in seconds. The ID token must prove it with `auth_time`. */
  readonly maxAge?: number;
  /** Scopes to request, out of `scopes` and `scopesFromPage` of the configuration; all of `scopes` by default. */
  readonly scopes?: readonly string[];
  /** Authorization request parameters that the page may choose by the configuration, such as `login_hint`. */
  readonly parameters?: AuthorizationParameters;
  /**
   * Whether the sign-in is in a window of its own, and the page stays as it is. Call it while the user clicks, or presses a key. It goes
   * with neither `returnTo` nor a sign-in that shows nothing.
   */
  readonly popup?: boolean;
}

/** Options of a sign-in, with the claims of a challenge, and what the page remembers of the session that a silent one is to bring back. */
export interface AuthorizationWishes extends AuthorizationOptions {
  /** Member of the session of that name, as the page has kept it. */
  readonly renewalHint?: string;
  /** Name of a sign-in in a pop-up, by which the page recognizes its end. */
  readonly popupId?: string;
  /** Claims of a challenge, with the worker's proof. */
  readonly claims?: string;
  readonly claimsProof?: string;
}

/** Registered values of `prompt`; a server may accept others. */
export type Prompt = 'none' | 'login' | 'consent' | 'select_account' | 'create' | (string & {});

/** Known names, so that an editor can complete them; other names are allowed. */
type ParameterName =
  | 'audience'
  | 'claims'
  | 'claims_locales'
  | 'connection'
  | 'display'
  | 'domain_hint'
  | 'invitation'
  | 'kc_idp_hint'
  | 'login_hint'
  | 'organization'
  | 'screen_hint'
  | 'ui_locales'
  | (string & {});

/** Authorization request parameters, by name. */
export type AuthorizationParameters = { readonly [N in ParameterName]?: string };

/** Tokens that an app's own sign-in code holds, for `adopt()`. */
export interface AdoptedTokens {
  readonly accessToken: string;
  /** Lifetime of the access token in seconds, as the token endpoint said (RFC 6749, section 5.1). */
  readonly expiresInSeconds: number;
  readonly refreshToken?: string;
  readonly idToken: string;
  readonly scopes?: readonly string[];
}

/** URL that the page must open next. */
export interface NextNavigation {
  readonly url: string;
}

/** Result of a sign-out that ends at the app. */
export interface LocalSignOut {
  /** Only the session of the app has ended: the authorization server may still know the user. */
  readonly ended: 'local';
}

/** Navigation that ends a session. */
export interface SignOutNavigation extends NextNavigation, Partial<LocalSignOut> {}

/** Version and start time of the worker. */
export interface WorkerReport {
  /** Version of the package that the worker was built from. */
  readonly version: string;
  /** Start time of this run of the worker, in milliseconds since the epoch. The browser stops and restarts a worker. */
  readonly startedAtMs: number;
}

/** Report of a page that its user is active. */
export interface ActivityReport {
  /** Time since the activity, in milliseconds. */
  readonly agoMs: number;
}

/** Report of a page that the session has reached a limit by the page's clock. */
export interface ExpiryReport {
  readonly limit: SessionLimit;
  /** End of the session that the worker has reported. The report counts only while the worker knows no other. */
  readonly endsAtMs: number;
}

/** Methods of the worker that a page may call. */
export interface WorkerApi {
  /** Returns the worker's protocol version, endpoints and session; a worker that is unregistered ends its session before. */
  handshake(notice?: RegistrationNotice): Promise<Handshake>;
  /** Makes the worker control pages that it does not control, as after a hard reload. */
  claimClients(): Promise<void>;
  /** Checks the options of a sign-in before the page leaves; returns the path of the worker's login endpoint. */
  prepareAuthorization(options: AuthorizationWishes): Promise<NextNavigation>;
  /** Takes an authorization response that reached the page because the worker did not control the navigation. */
  completeAuthorization(responseUrl: string): Promise<NextNavigation>;
  /** Returns the end of a sign-in in a pop-up, after the responses that are on their way; `undefined` if it has not ended. */
  popupEnd(popupId: string): Promise<PopupEnd | undefined>;
  /** Takes over tokens from the app's own sign-in code, if the configuration allows it. */
  adopt(tokens: AdoptedTokens): Promise<Session>;
  /** Requests the user's claims from the authorization server; `undefined` if there is no session. */
  userInfo(): Promise<Claims | undefined>;
  /** Revokes and deletes the tokens; returns the URL that the page opens to end the session at the server. */
  signOut(): Promise<SignOutNavigation>;
  /** Returns the action of the worker for a request, and its reason. Nothing is sent. */
  explain(sketch: RequestSketch): Promise<Explanation>;
  /** Activates an installed worker in place of the active one, whose protocol this page does not support. */
  takeOver(): Promise<void>;
  /** Notes that the user is active, which moves the idle limit; returns the session. */
  noteActivity(report: ActivityReport): Promise<Session>;
  /** Ends a session that has reached a limit; returns the session. */
  noteExpiry(report: ExpiryReport): Promise<Session>;
  /** Starts reports of requests to all pages, for ten minutes or until the worker stops; returns version and start time. */
  watch(): Promise<WorkerReport>;
}

/** Name of a method that a page may call. */
export type WorkerMethod = keyof WorkerApi;

/** Names of the methods that a page may call. The gate admits no others. */
export const WORKER_METHODS: readonly WorkerMethod[] = [
  'handshake',
  'claimClients',
  'prepareAuthorization',
  'completeAuthorization',
  'popupEnd',
  'adopt',
  'userInfo',
  'signOut',
  'explain',
  'takeOver',
  'noteActivity',
  'noteExpiry',
  'watch',
];

/** Result of a call in the form that crosses threads. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: SerializedError };

/** Message that opens a channel for one call. The channel's port is transferred with it. */
export interface CallEnvelope {
  readonly type: 'tokenward:call';
  readonly protocolVersion: number;
}

/** Message to every page when the session changes. */
export interface SessionAnnouncement {
  readonly type: 'tokenward:session';
  readonly session: Session;
}

/** Message to every page when a sign-in in a pop-up has ended. */
export interface PopupAnnouncement extends PopupEnd {
  readonly type: 'tokenward:popup';
}

/** Message to every page when a tripwire went off. */
export interface AlarmAnnouncement {
  readonly type: 'tokenward:alarm';
  readonly alarm: Alarm;
}

/** Request that reached the worker, and the worker's action: no header, no body, no query. */
export interface WatchedRequest extends Explanation {
  /** Origin and path. */
  readonly url: string;
  readonly method: string;
  /** Destination of the request, such as `image`; empty for script. */
  readonly destination: string;
  /** Time of arrival, in milliseconds since the epoch. */
  readonly atMs: number;
}

/** Message about a request to every page while a page watches. */
export interface RequestAnnouncement {
  readonly type: 'tokenward:request';
  readonly request: WatchedRequest;
}

/** Message to a page whose request met a challenge that only a sign-in can answer. */
export interface ChallengeAnnouncement {
  readonly type: 'tokenward:challenge';
  readonly challenge: AccessChallenge;
}
