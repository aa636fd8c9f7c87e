import { isTokenwardError } from '../../src/protocol/error.ts';
import { CLAIMS_PROOF, SESSION_POPUP, SESSION_SCOPE, SESSION_USER } from '../../src/protocol/default-names.ts';
import type { Configuration } from '../../src/configuration/parse-configuration.ts';
import type { Claims } from '../../src/protocol/session.ts';
import type { LostSession } from '../session/lost-session.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { type AllowedRequest, MEMORY } from './parse-authorization-request.ts';
import type { PendingAuthorization } from './pending-authorization.ts';

/** Parameters that belong to one sign-in: they ask for a page of the server, or are used up by it. */
const ONCE: readonly string[] = ['prompt', 'max_age', 'screen_hint', 'invitation', 'id_token_hint'];

/**
 * Returns the parameters of a sign-in that its silent renewal repeats. A `login_hint` may name another account than the one that the user
 * then chose: it is repeated only if a claim has the same value. The claim `login_hint`, which some servers make for that, comes first.
 */
export function repeatableParameters(
  chosen: Readonly<Record<string, string>> = {},
  claims: Claims,
): Readonly<Record<string, string>> {
  const { login_hint: given, ...others } = chosen;
  const { login_hint: claim } = claims;
  const isOfUser = given !== undefined && Object.values(claims).includes(given);
  const hint = typeof claim === 'string' && claim ? claim : isOfUser ? given : undefined;
  const kept = Object.entries(others).filter(([name]) => !ONCE.includes(name));
  return { ...Object.fromEntries(kept), ...(hint !== undefined && { login_hint: hint }) };
}

/**
 * Returns what is remembered of a session with the parameters that the configuration allows: an earlier one may have allowed more. The
 * hint about the user is no choice of a page.
 *
 * @param remembered the session that is there, or the one that was lost
 */
export function allowedMemory(
  remembered: LostSession | undefined,
  { parametersFromPage, protectedResources }: Pick<Configuration, 'parametersFromPage' | 'protectedResources'>,
): LostSession | undefined {
  const mayAddClaims = protectedResources.some(({ claimsFromChallenge }) => claimsFromChallenge !== undefined);
  const allowed = [...parametersFromPage, 'login_hint', ...(mayAddClaims ? ['claims'] : [])];
  const kept = Object.entries(remembered?.parameters ?? {}).filter(([name]) => allowed.includes(name));
  return remembered && { ...remembered, parameters: Object.fromEntries(kept) };
}

/**
 * Adds to a renewal what is remembered of the session: the parameters of its sign-in, and to a silent one the ID token as a hint (OpenID
 * Connect Core 1.0, section 3.1.2.1). What the request itself chooses stays.
 *
 * @param remembered the session that is there, or the one that was lost; `undefined` if this worker knows of none
 */
export function renewalRequest(
  request: AuthorizationRequest,
  remembered: LostSession | undefined,
  memory: 'sent' | 'none',
): AuthorizationRequest {
  const isRemembered = remembered !== undefined || request.user !== undefined;
  // Where the server may ask the user, it would answer a hint about another one with an error.
  const isHinted = memory === 'sent' && request.parameters['prompt'] === 'none';
  return {
    ...request,
    parameters: { ...remembered?.parameters, ...request.parameters },
    user: remembered?.sub ?? request.user,
    idTokenHint: isHinted ? remembered?.idToken : undefined,
    memory: isRemembered ? memory : 'none',
  };
}

/** Errors of a server that may be about what a renewal remembers, and not about the session. */
const MEMORY_REFUSALS: readonly (string | undefined)[] = ['invalid_request', 'invalid_scope', 'consent_required'];

/** Whether a server has refused what a renewal holds of the session before: without it, it may answer. */
export function isMemoryRefused(memory: 'sent' | 'none' | undefined, error: unknown): boolean {
  if (memory !== 'sent' || !isTokenwardError(error)) return false;
  return error.code === 'authorization_refused' && MEMORY_REFUSALS.includes(error.serverCode);
}

/**
 * Returns the query by which the worker's login endpoint makes the request of a pending sign-in once more.
 *
 * @param allowed the configuration: it names the parameters that a query may hold; the others are remembered
 */
export function queryOfPending(
  { returnTo, scopes, parameters = {}, renewal, popupId, proven }: PendingAuthorization,
  { parametersFromPage }: AllowedRequest,
): URLSearchParams {
  const chosen = Object.entries(parameters).filter(
    ([name, value]) =>
      name === 'max_age' || (name === 'prompt' && value === 'none') || parametersFromPage.includes(name),
  );
  return new URLSearchParams({
    ...Object.fromEntries(chosen),
    ...(renewal?.user !== undefined && { [SESSION_USER]: renewal.user }),
    ...(popupId !== undefined && { [SESSION_POPUP]: popupId }),
    ...(proven && { claims: proven.text, [CLAIMS_PROOF]: proven.proof }),
    returnTo,
    scope: scopes.join(' '),
  });
}

/** Returns the query of the same renewal without what a server may have refused: the hint, and further scopes. */
export function queryWithoutMemory(pending: PendingAuthorization, allowed: AllowedRequest): URLSearchParams {
  const query = queryOfPending(pending, allowed);
  query.delete('scope');
  query.set(MEMORY, 'none');
  return query;
}

/** Longest hint of a page, in characters. */
const MAX_HINT_CHARACTERS = 16_384;

/**
 * Parses what a page remembers of a session. An earlier configuration may have allowed more: the rest is left out, so that the renewal goes
 * on.
 */
export function parseRenewalHint(
  hint: string,
  { parametersFromPage }: Pick<AllowedRequest, 'parametersFromPage'>,
): URLSearchParams {
  const query = new URLSearchParams();
  if (hint.length > MAX_HINT_CHARACTERS) return query;
  for (const [name, value] of new URLSearchParams(hint)) {
    const isAllowed = parametersFromPage.includes(name) && !ONCE.includes(name);
    if (name === SESSION_USER || name === SESSION_SCOPE || isAllowed) query.set(name, value);
  }
  return query;
}
