import { type AccessChallenge, CLAIMS_ERRORS } from '../../src/protocol/access-challenge.ts';
import type { ProtectedResource } from '../../src/configuration/protected-resource.ts';
import { readChallengedClaims } from './challenged-claims.ts';

/** Challenge of a `WWW-Authenticate` header (RFC 9110, section 11.6.1), names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Limit of a header's length. The parser ignores longer ones, since they come from another server. */
const MAX_CHARACTERS = 4096;

/** Pattern of an item: `name = value`, or a scheme with an optional token68. */
const ITEM =
  /[,\s]*(?:([\w!#$%&'*+.^`|~-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[\w!#$%&'*+.^`|~-]+)(?=\s*(?:,|$))|([\w!#$%&'*+.^`|~-]+)(?:[ \t]+[\w.~+/-]+=*(?=\s*(?:,|$)))?)/gy;

/**
 * Parses the challenges of a response. It stops at the first syntax error and returns the challenges before it.
 *
 * @param header the value of the header; several headers come joined by commas
 */
export function parseChallenges(header: string | null): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  if (header === null || header.length > MAX_CHARACTERS) return challenges;
  for (const [, name, value, scheme] of header.matchAll(ITEM)) {
    if (scheme) challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    else if (name && value) challenges.at(-1)?.parameters.set(name.toLowerCase(), unquote(value));
  }
  return challenges;
}

/** Challenge of a response that requires step-up: more scopes, other claims, or a stronger or more recent sign-in. */
export type StepUpRequirement = Omit<AccessChallenge, 'url' | 'method' | 'claimsProof'>;

/** Step-up that a response requires. */
export interface StepUp {
  readonly requirement: StepUpRequirement;
  /** Reason why the claims of the challenge are not requested, for the developer; absent if they are, or if there are none. */
  readonly claimsRefusal?: string;
}

/** Errors with the status that they require (RFC 6750, section 3.1; RFC 9470, section 3). */
const STEP_UP_ERRORS = [
  [401, 'insufficient_user_authentication'],
  [403, 'insufficient_scope'],
] as const;

/** Whether a response has a status with which a resource can require step-up. */
export function mayRequireStepUp({ status }: Response): boolean {
  return status === 401 || status === 403;
}

/** Returns the step-up that a response requires; `undefined` if it requires none. */
export function findStepUp(
  response: Response,
  resource: Pick<ProtectedResource, 'origin' | 'path' | 'claimsFromChallenge'>,
): StepUp | undefined {
  const { error, parameters } = findStepUpChallenge(response) ?? {};
  if (!error || !parameters) return undefined;
  const maxAge = parameters.get('max_age') ?? '';
  const scopes = wordsOf(parameters.get('scope'));
  const acrValues = wordsOf(parameters.get('acr_values'));
  const { claims, claimsRefusal } = readChallengedClaims(parameters.get('claims'), resource);
  return {
    requirement: {
      error,
      ...(scopes && { scopes }),
      ...(acrValues && { acrValues }),
      ...(/^\d{1,9}$/.test(maxAge) && { maxAge: Number(maxAge) }),
      ...(claims !== undefined && { claims }),
    },
    ...(claimsRefusal !== undefined && { claimsRefusal }),
  };
}

/** Returns the challenge of a response that requires step-up. What names claims may have either status, and any of their errors. */
function findStepUpChallenge(
  response: Response,
): { readonly error: AccessChallenge['error']; readonly parameters: Challenge['parameters'] } | undefined {
  const { status } = response;
  for (const [required, error] of STEP_UP_ERRORS) {
    const parameters = status === required && findParameters(response, error);
    if (parameters) return { error, parameters };
  }
  if (!mayRequireStepUp(response)) return undefined;
  for (const error of CLAIMS_ERRORS) {
    const parameters = findParameters(response, error);
    if (parameters?.has('claims')) return { error, parameters };
  }
  return undefined;
}

/** Splits a list at its spaces; `undefined` if an item has other characters than a scope (RFC 6749, section 3.3). */
function wordsOf(text: string = ''): readonly string[] | undefined {
  return /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(text) ? text.split(' ') : undefined;
}

/** Errors of a response with status 401 that another access token would not change. */
const OTHER_ERRORS = [
  'insufficient_user_authentication',
  'insufficient_scope',
  'insufficient_claims',
  'interaction_required',
  'use_dpop_nonce',
] as const;

/**
 * Returns whether a response refuses the access token. One with `invalid_token` says that it is expired, revoked or malformed (RFC 6750,
 * section 3.1).
 *
 * @param response the response
 * @param renewOn `unauthorized` if every status 401 counts that asks for nothing else
 */
export function refusesToken(response: Response, renewOn?: 'unauthorized'): boolean {
  if (response.status !== 401) return false;
  if (findParameters(response, 'invalid_token')) return true;
  return renewOn === 'unauthorized' && !OTHER_ERRORS.some((error) => findParameters(response, error, /^/));
}

/** Returns what a response says about the access token. The failure of a server says nothing. */
export function tokenOutcome(response: Response, renewOn?: 'unauthorized'): 'accepted' | 'refused' | undefined {
  if (refusesToken(response, renewOn)) return 'refused';
  return response.status !== 401 && response.status < 500 ? 'accepted' : undefined;
}

/** Whether a response says that the proof must hold the nonce that came with it (RFC 9449, section 9). */
export function asksForNonce(response: Response): boolean {
  return response.status === 401 && !!findParameters(response, 'use_dpop_nonce', /^dpop$/);
}

/** Returns the parameters of the challenge with this error. */
function findParameters(
  { headers }: Response,
  error: string,
  schemes: RegExp = /^(bearer|dpop)$/,
): Challenge['parameters'] | undefined {
  return parseChallenges(headers.get('www-authenticate')).find(
    ({ scheme, parameters }) => schemes.test(scheme) && parameters.get('error') === error,
  )?.parameters;
}

function unquote(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
}
