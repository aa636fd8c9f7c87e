import type { Configuration } from './parse-configuration.ts';

/** What sealed records are bound to: every field of the configuration, issuer and client first. */
export function fingerprintOf({ issuer, clientId, ...rest }: Configuration): string {
  const plain = (_key: string, value: unknown): unknown => (value instanceof Set ? [...value] : value);
  return JSON.stringify([issuer.href, clientId, rest], plain);
}

/** Whether a fingerprint is of the same issuer and client: a session made under it may go on. */
export function isOfSameClient(fingerprint: string, { issuer, clientId }: Configuration): boolean {
  const parts: unknown = JSON.parse(fingerprint);
  return Array.isArray(parts) && parts[0] === issuer.href && parts[1] === clientId;
}
