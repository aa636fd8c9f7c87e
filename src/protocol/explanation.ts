/** What else than script a request can come from: the destinations of Fetch, section 2.2.5, and `beacon`. */
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

/** A destination that a configuration can name. `beacon` stands for `sendBeacon()` and other requests of mode `no-cors`. */
export type Destination = (typeof DESTINATIONS)[number];

/** Why a rule does not act on a request, the farthest from it first. */
export const MISFITS = [
  'other_origin',
  'other_path',
  'ambiguous_path',
  'excluded_path',
  'other_method',
  'other_destination',
  'foreign_navigation',
  'own_authorization',
] as const;

/** Why a rule does not act on a request. */
export type Misfit = (typeof MISFITS)[number];

/** What the worker needs to know of a request to explain it. */
export interface RequestSketch {
  readonly url: string;
  readonly method: string;
  readonly destination: string;
  readonly hasAuthorization: boolean;
}

/** What the worker would do with a request, and why. */
export interface Explanation {
  /**
   * `authorize`: it gets the token. `pass`: it is left to the browser, or to another listener of the worker. `answer`: the worker
   * answers itself, and nothing is sent.
   */
  readonly action: 'authorize' | 'pass' | 'answer';
  /**
   * `covered` if a rule acts; else why the rule that comes closest does not, or that it is an endpoint of the worker.
   * `other_listener`: a rule or endpoint would act, but other code in the worker answers first.
   */
  readonly reason: 'covered' | 'signed_out' | 'worker_endpoint' | 'other_listener' | Misfit;
  /** That rule, as its field in the configuration; absent where there is none for the origin. */
  readonly rule?: string;
}
