import type { Configuration } from '../../src/configuration/parse-configuration.ts';

/**
 * The parameters of a token request that say what its access token is to be for (RFC 8707, section 2.2).
 *
 * @param target as the configuration of a protected resource gave it
 * @param asked the scopes that the sign-in asked for: a token cannot have others (RFC 6749, section 6)
 */
export function targetParameters(target: string, asked: readonly string[]): URLSearchParams {
  const parameters = new URLSearchParams(target);
  const scopes =
    parameters
      .get('scope')
      ?.split(' ')
      .filter((scope) => asked.includes(scope)) ?? [];
  parameters.delete('dpop');
  const isByScopesAlone = parameters.has('scope') && parameters.size === 1;
  // Without any scope the token would have all that were granted, those of other APIs too.
  if (scopes.length > 0 || isByScopesAlone) parameters.set('scope', scopes.join(' ') || 'openid');
  else parameters.delete('scope');
  return parameters;
}

/** Whether an access token for a target may be a Bearer token, though the client asks for DPoP. */
export function mayBeUnbound(target: string): boolean {
  return new URLSearchParams(target).has('dpop');
}

/**
 * Names every target in an authorization request: each `resource` (RFC 8707, section 2.1), and the `audience` of the first,
 * whose access token comes with the sign-in: servers that know this parameter take one, and give a token for it.
 */
export function addTargets(parameters: URLSearchParams, configuration: Configuration): void {
  const first = firstTarget(configuration);
  for (const target of new Set(configuration.protectedResources.map((resource) => resource.target))) {
    for (const [name, value] of new URLSearchParams(target)) {
      if (name === 'resource' || (name === 'audience' && target === first && !parameters.has(name)))
        parameters.append(name, value);
    }
  }
}

/** Returns the name of the access token that comes with a sign-in: that of the first protected resource. */
export function firstTarget({ protectedResources: [first] }: Configuration): string {
  return first?.target ?? '';
}
