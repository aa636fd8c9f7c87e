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
  { openid, authorizationServer }: Pick<Configuration, 'openid' | 'authorizationServer'>,
): URLSearchParams {
  const parameters = new URLSearchParams();
  if (resource !== undefined) parameters.set('resource', resource);
  if (audience !== undefined) parameters.set('audience', audience);
  const possible = scopes.filter((scope) => asked.includes(scope));
  const isByScopesAlone = scopes.length > 0 && parameters.size === 0;
  // Without any scope the token would have all that were granted, those of other APIs too.
  const fallback = openid === false ? scopes : ['openid'];
  if (possible.length > 0 || isByScopesAlone) {
    parameters.set('scope', joinScopes(possible.length > 0 ? possible : fallback, authorizationServer));
  }
  return parameters;
}

/** Joins scopes as the server expects them. */
export function joinScopes(scopes: readonly string[], server: Configuration['authorizationServer']): string {
  return scopes.join(server?.scopeSeparator === 'comma' ? ',' : ' ');
}

/** Splits the scopes of a response. A server that expects commas may also answer with spaces. */
export function splitScopes(scope: string, server: Configuration['authorizationServer']): readonly string[] {
  return scope.match(server?.scopeSeparator === 'comma' ? /[^\s,]+/g : /\S+/g) ?? [];
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
