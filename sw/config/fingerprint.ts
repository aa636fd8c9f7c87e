import type { Configuration } from './parse-configuration.ts';

/** What sealed records are bound to: every field of the configuration, issuer and client first. */
export function fingerprintOf({ issuer, clientId, ...rest }: Configuration): string {
  return JSON.stringify([issuer, clientId, rest]);
}

/** Whether a fingerprint is of the same issuer and client: a session made under it may go on. */
export function isOfSameClient(fingerprint: string, { issuer, clientId }: Configuration): boolean {
  return fingerprint.startsWith(JSON.stringify([issuer, clientId]).replace(/]$/, ','));
}
