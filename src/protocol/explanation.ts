import { type AccessChallenge, parseAccessChallenge } from './access-challenge.ts';
import { hasMembers } from './json.ts';

/** Destinations of requests that script does not make (Fetch, section 2.2.5), and `beacon`. */
export const DESTINATIONS = [
  'audio',
  'beacon',
  'document',
  'font',
  'iframe',
  'image',
  'script',
  'style',
  'track',
  'video',
] as const;

/** Destination that a configuration can name. `beacon` means `sendBeacon()` and other requests of mode `no-cors`. */
export type Destination = (typeof DESTINATIONS)[number];

/** Reasons why a rule does not act on a request, in the order of the checks. */
export const MISMATCHES = [
  'other_origin',
  'other_path',
  'ambiguous_path',
  'excluded_path',
  'other_method',
  'other_destination',
  'foreign_navigation',
  'own_authorization',
] as const;

/** Reason why a rule does not act on a request. */
export type Mismatch = (typeof MISMATCHES)[number];

/** Rules for the renewal after a response with status 401. */
export const RENEW_ON = ['invalid_token', 'unauthorized'] as const;

/** Responses with status 401 after which the worker renews the access token and sends the request once more. */
export type RenewOn = (typeof RENEW_ON)[number];

/** Parts of a request that the worker needs to explain it. */
export interface RequestSketch {
  readonly url: string;
  readonly method: string;
  readonly destination: string;
  readonly hasAuthorization: boolean;
}

/** Action of the worker for a request, and its reason. */
export interface Explanation {
  /**
   * `authorize`: the request gets the token. `pass`: the browser or another listener of the worker handles it. `answer`: the
   * worker responds itself, and nothing is sent.
   */
  readonly action: 'authorize' | 'pass' | 'answer';
  /**
   * `covered` if a rule acts. `worker_endpoint` if the URL is an endpoint of the worker. `other_listener` if a rule or endpoint
   * would act, but other code in the worker answers first. Otherwise the reason why the closest rule does not act.
   */
  readonly reason: 'covered' | 'signed_out' | 'worker_endpoint' | 'other_listener' | Mismatch;
  /** Closest rule, as its field in the configuration; absent if no rule has the origin. */
  readonly rule?: string;
  /** With `authorize`: after which answers with status 401 the worker renews the token and sends the request once more. */
  readonly renewOn?: RenewOn;
  /** With `authorize`: last step-up that the resource required for such a request since the worker started; absent without one. */
  readonly challenge?: AccessChallenge;
}

/** Parses an explanation that came from the worker; `undefined` if it is none that this release knows. */
export function parseExplanation(value: unknown): Explanation | undefined {
  if (!hasMembers(value)) return undefined;
  const { rule } = value;
  const renewOn = RENEW_ON.find((known) => known === value['renewOn']);
  const actions: readonly Explanation['action'][] = ['authorize', 'pass', 'answer'];
  const others: readonly Explanation['reason'][] = ['covered', 'signed_out', 'worker_endpoint', 'other_listener'];
  const action = actions.find((known) => known === value['action']);
  const reason = [...others, ...MISMATCHES].find((known) => known === value['reason']);
  const challenge = parseAccessChallenge(value['challenge']);
  if (!action || !reason) return undefined;
  return {
    action,
    reason,
    ...(typeof rule === 'string' && { rule }),
    ...(renewOn && { renewOn }),
    ...(challenge && { challenge }),
  };
}
