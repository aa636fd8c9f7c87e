import type { Configuration } from '../../src/configuration/parse-configuration.ts';
import { DEFAULT_TARGET, keyOfTarget, type TokenTarget } from '../../src/configuration/token-target.ts';

/**
 * Returns the parameters of a token request that say what its access token is to be for (RFC 8707, section 2.2).
 *
 * @param asked the scopes that the sign-in asked for: a token cannot have others (RFC 6749, section 6)
 */
export function targetParameters(
  { resource, audience, scopes }: TokenTarget,
  asked: readonly string[],
): URLSearchParams {
  const parameters = new URLSearchParams();
  if (resource !== undefined) parameters.set('resource', resource);
  if (audience !== undefined) parameters.set('audience', audience);
  const possible = scopes.filter((scope) => asked.includes(scope));
  const isByScopesAlone = scopes.length > 0 && parameters.size === 0;
  // Without any scope the token would have all that were granted, those of other APIs too.
  if (possible.length > 0 || isByScopesAlone) parameters.set('scope', possible.join(' ') || 'openid');
  return parameters;
}

/** Whether an access token for a target may be a Bearer token, though the client asks for DPoP. */
export function mayBeUnbound({ dpop }: TokenTarget): boolean {
  return dpop === 'optional';
}

/**
 * Names every target in an authorization request: each `resource` (RFC 8707, section 2.1), and the `audience` of the first,
 * whose access token comes with the sign-in: servers that know this parameter take one, and give a token for it.
 */
export function addTargets(parameters: URLSearchParams, configuration: Configuration): void {
  const firstKey = keyOfTarget(firstTarget(configuration));
  const targets = new Map(configuration.protectedResources.map(({ target }) => [keyOfTarget(target), target]));
  for (const [key, { resource, audience }] of targets) {
    if (resource !== undefined) parameters.append('resource', resource);
    if (audience !== undefined && key === firstKey && !parameters.has('audience'))
      parameters.append('audience', audience);
  }
}

/** Returns the target of the access token that comes with a sign-in: that of the first protected resource. */
export function firstTarget({ protectedResources: [first] }: Configuration): TokenTarget {
  return first?.target ?? DEFAULT_TARGET;
}
