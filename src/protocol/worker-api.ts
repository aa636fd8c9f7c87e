import type { AccessChallenge } from './access-challenge.ts';
import type { Alarm } from './alarm.ts';
import type { SerializedError } from './error.ts';
import type { Explanation, RequestSketch } from './explanation.ts';
import type { Claims, Session } from './session.ts';

/** The paths that the worker answers, relative to the origin. */
export interface Endpoints {
  readonly login: string;
  readonly logout: string;
  readonly callback: string;
  readonly session: string;
}

/** What the worker tells a page that connects. */
export interface Greeting {
  readonly protocolVersion: number;
  readonly endpoints: Endpoints;
  readonly session: Session;
}

/** What a page may ask a sign-in to do. The worker refuses what its configuration does not allow. */
export interface AuthorizationOptions {
  /** Where to go afterwards: a URL of this origin; by default the page that asks. */
  readonly returnTo?: string;
  /** Signs in without showing anything, or not at all: short for the prompt `none`. */
  readonly silent?: boolean;
  /** What the server may show or has to (OpenID Connect Core 1.0, section 3.1.2.1); all but `none` must be allowed. */
  readonly prompt?: Prompt;
  /** Authentication context classes, the best first (RFC 9470, section 4); the configuration must let the page choose. */
  readonly acrValues?: readonly string[];
  /** How long ago, in seconds, the user may have signed in at most; the ID token has to say so. */
  readonly maxAge?: number;
  /** Scopes to ask for, out of `scopes` and `scopesFromPage` of the configuration; all of `scopes` by default. */
  readonly scopes?: readonly string[];
  /** Authorization request parameters, such as `login_hint`, that the configuration lets the page choose. */
  readonly parameters?: AuthorizationParameters;
}

/** The values of `prompt` that are registered; a server may know others. */
export type Prompt = 'none' | 'login' | 'consent' | 'select_account' | 'create' | (string & {});

/** Names that are known, so that an editor can complete them; others are as good. */
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

/** Where the page has to go next. */
export interface NextNavigation {
  readonly url: string;
}

/** What the worker says of itself. */
export interface WorkerReport {
  /** The version of the package that it was built from. */
  readonly version: string;
  /** When this run of the worker began, in milliseconds since the epoch; the browser stops it and starts it again. */
  readonly startedAtMs: number;
}

/** What the worker answers to each call. */
export interface WorkerApi {
  /** Says which protocol the worker speaks and what the session is. */
  greet(): Promise<Greeting>;
  /** Makes the worker the controller of pages that it does not control, as after a hard reload. */
  claimClients(): Promise<void>;
  /** Checks what a sign-in needs before the page leaves; its answer is the worker's own login path. */
  prepareAuthorization(options: AuthorizationOptions): Promise<NextNavigation>;
  /** Takes an authorization response that reached the page because the worker did not control the navigation. */
  completeAuthorization(responseUrl: string): Promise<NextNavigation>;
  /** Takes over tokens from the app's own sign-in code, if the configuration allows it. */
  adopt(tokens: AdoptedTokens): Promise<Session>;
  /** Asks the authorization server for the user's claims; `undefined` if there is no session. */
  userInfo(): Promise<Claims | undefined>;
  /** Revokes and forgets the tokens; its answer is where the page goes to end the session at the server. */
  signOut(): Promise<NextNavigation>;
  /** Says what the worker would do with a request, and why; nothing is sent. */
  explain(sketch: RequestSketch): Promise<Explanation>;
  /** Lets a worker that is installed take the place of the active one, which this page does not understand. */
  takeOver(): Promise<void>;
  /** Tells all pages of requests, for ten minutes or until the worker stops; says what runs. */
  watch(): Promise<WorkerReport>;
}

/** A method that a page may call. */
export type WorkerMethod = keyof WorkerApi;

/** The methods that a page may call: all that the gate lets through. */
export const WORKER_METHODS: readonly WorkerMethod[] = [
  'greet',
  'claimClients',
  'prepareAuthorization',
  'completeAuthorization',
  'adopt',
  'userInfo',
  'signOut',
  'explain',
  'takeOver',
  'watch',
];

/** How the worker's answers cross threads. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: SerializedError };

/** The message that opens a channel for one call; the channel's port is transferred with it. */
export interface CallEnvelope {
  readonly type: 'tokenward:call';
  readonly protocolVersion: number;
}

/** What the worker tells every page when the session changes. */
export interface SessionAnnouncement {
  readonly type: 'tokenward:session';
  readonly session: Session;
}

/** What the worker tells every page when a tripwire went off. */
export interface AlarmAnnouncement {
  readonly type: 'tokenward:alarm';
  readonly alarm: Alarm;
}

/** A request that came to the worker, and what the worker did with it: no header, no body, no query. */
export interface WatchedRequest extends Explanation {
  /** Origin and path. */
  readonly url: string;
  readonly method: string;
  /** What asked for it, such as `image`; empty for script. */
  readonly destination: string;
  /** When it came, in milliseconds since the epoch. */
  readonly atMs: number;
}

/** What the worker tells every page while somebody watches. */
export interface RequestAnnouncement {
  readonly type: 'tokenward:request';
  readonly request: WatchedRequest;
}

/** What the worker tells the page whose request met a challenge that only a sign-in can answer. */
export interface ChallengeAnnouncement {
  readonly type: 'tokenward:challenge';
  readonly challenge: AccessChallenge;
}
