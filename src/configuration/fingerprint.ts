import type { Configuration } from './parse-configuration.ts';

/** What sealed records are bound to: every field of the configuration; first those that a session cannot outlast. */
export function fingerprintOf(configuration: Configuration): string {
  return JSON.stringify([...clientOf(configuration), configuration]);
}

/**
 * Whether a fingerprint is of the same issuer and client: a session made under it may go on. It may not where its tokens
 * are not bound to a key and now have to be.
 */
export function isOfSameClient(fingerprint: string, configuration: Configuration): boolean {
  return fingerprint.startsWith(JSON.stringify(clientOf(configuration)).replace(/]$/, ','));
}

function clientOf({ issuer, clientId, dpop }: Configuration): readonly unknown[] {
  return [issuer, clientId, ...(dpop === 'required' ? [dpop] : [])];
}
