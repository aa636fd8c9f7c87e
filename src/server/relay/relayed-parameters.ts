import type { Configuration } from '../../configuration/parse-configuration.ts';
import type { RelayEndpoint } from '../../protocol/relay-proof.ts';

/** Part of the configuration that limits the parameters of a request. */
export type RelayedClient = Pick<
  Configuration,
  | 'authorizationParameters'
  | 'clientId'
  | 'parametersFromPage'
  | 'protectedResources'
  | 'redirectUri'
  | 'responseMode'
  | 'responseType'
>;

/** Parameters of one kind of request. */
interface Rule {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

const TARGET = ['scope', 'resource', 'audience'];

/** RFC 6749, sections 4.1.3 and 6; RFC 7636, section 4.5; RFC 8707, section 2.2. Other grants are not those of this client. */
const GRANTS: ReadonlyMap<string, Rule> = new Map([
  ['authorization_code', { required: ['grant_type', 'code', 'redirect_uri', 'code_verifier'], optional: TARGET }],
  ['refresh_token', { required: ['grant_type', 'refresh_token'], optional: TARGET }],
]);

/** RFC 7009, section 2.1. */
const REVOCATION: Rule = { required: ['token'], optional: ['token_type_hint'] };

/** RFC 9126, section 2.1, with the parameters of a sign-in of this library. */
const PUSHED: Rule = {
  required: ['response_type', 'redirect_uri', 'state', 'code_challenge', 'code_challenge_method'],
  optional: [...TARGET, 'response_mode', 'nonce', 'dpop_jkt', 'max_age', 'prompt', 'login_hint', 'id_token_hint'],
};

/** Parameters by which a client authenticates itself, or replaces the request: the relay adds the former, and never takes one. */
const NEVER = ['client_secret', 'client_assertion', 'client_assertion_type', 'request', 'request_uri'];

/** Refusal of a parameter. The message holds no value. */
export class RefusedParameter extends Error {
  override readonly name = 'RefusedParameter';
}

/**
 * Selects the parameters of a request that the authorization server gets. `client_id` is left out: the relay adds it.
 *
 * @throws {@link RefusedParameter} if one is missing, repeated, not needed, or not that of this client
 */
export function selectParameters(
  endpoint: RelayEndpoint,
  given: URLSearchParams,
  client: RelayedClient,
): URLSearchParams {
  const { required, optional } = ruleOf(endpoint, given, client);
  const selected = new URLSearchParams(given);
  const fixed = {
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
    ...(endpoint === 'pushed' && { response_type: client.responseType, code_challenge_method: 'S256' }),
  };
  for (const [name, value] of Object.entries(fixed)) {
    if (selected.has(name) && selected.get(name) !== value)
      throw new RefusedParameter(`"${name}" is not that of this app.`);
  }
  for (const name of new Set(selected.keys())) {
    if (name !== 'resource' && selected.getAll(name).length > 1) throw new RefusedParameter(`"${name}" is repeated.`);
    const isKnown = name === 'client_id' || required.includes(name) || optional.includes(name);
    // A name that is not known may be anything, a token too.
    if (!isKnown || NEVER.includes(name))
      throw new RefusedParameter('There is a parameter that this endpoint does not need.');
  }
  const missing = required.find((name) => !selected.get(name));
  if (missing !== undefined) throw new RefusedParameter(`"${missing}" is missing.`);
  selected.delete('client_id');
  return selected;
}

function ruleOf(endpoint: RelayEndpoint, given: URLSearchParams, client: RelayedClient): Rule {
  if (endpoint === 'revocation') return REVOCATION;
  if (endpoint === 'token') {
    const grant = GRANTS.get(given.get('grant_type') ?? '');
    if (grant === undefined) throw new RefusedParameter('"grant_type" is not authorization_code or refresh_token.');
    return grant;
  }
  const hasChallenges = client.protectedResources.some(({ claimsFromChallenge }) => claimsFromChallenge !== undefined);
  const chosen = [
    ...Object.keys(client.authorizationParameters),
    ...client.parametersFromPage,
    ...(hasChallenges ? ['claims'] : []),
  ];
  return { ...PUSHED, optional: [...PUSHED.optional, ...chosen] };
}
