import type { Configuration } from './parse-configuration.ts';
import { keyOfTarget } from './token-target.ts';

/**
 * Returns the text that sealed records are bound to: every field of the configuration, beginning with those whose change ends a
 * session.
 */
export function fingerprintOf(configuration: Configuration): string {
  const protectedResources = configuration.protectedResources.map((resource) => ({
    ...resource,
    target: keyOfTarget(resource.target),
  }));
  return JSON.stringify([...clientOf(configuration), { ...configuration, protectedResources }]);
}

/**
 * Whether a fingerprint has the same issuer and client, so that its session may continue. A session may not continue if its
 * tokens are not bound to a key and now must be, or if it was of another kind of server.
 */
export function isOfSameClient(fingerprint: string, configuration: Configuration): boolean {
  const isOfClient = fingerprint.startsWith(JSON.stringify(clientOf(configuration)).replace(/]$/, ','));
  // A session without an ID token does not become one with the claims of an ID token, nor the other way round.
  return isOfClient && fingerprint.includes('"openid":false') === (configuration.openid === false);
}

function clientOf({ issuer, clientId, dpop }: Configuration): readonly unknown[] {
  return [issuer, clientId, ...(dpop === 'required' ? [dpop] : [])];
}
