import type { OpenVault } from '../vault/open-vault.ts';
import { type Estate, requestEstate } from './handover.ts';

/** What a change of worker versions needs to know. */
export interface SuccessionParts {
  readonly openVault: OpenVault;
  readonly fingerprint: string;
  /** Whether a fingerprint is of the same issuer and client. */
  readonly isOfSameClient: (fingerprint: string) => boolean;
}

/** In the install event: takes over from the active version. */
export async function takeOver({ openVault, isOfSameClient }: SuccessionParts, active: ServiceWorker): Promise<void> {
  const estate = await requestEstate(active);
  if (!estate || !isOfSameClient(estate.configuration)) return;
  const { configuration, secret, records } = estate;
  // While it lives, the active version may still write its sealed records: they are read when they are needed.
  if (secret !== undefined && openVault.inherit) return openVault.inherit({ secret, configuration });
  for (const name of ['session', 'pending'] as const) {
    if (records[name] !== undefined) await openVault.vault.write(name, records[name]);
  }
}

/** In the active version: what the next one gets. */
export async function handOver({ openVault, fingerprint }: SuccessionParts): Promise<Estate> {
  // What this version has inherited and not sealed anew yet would be closed to the next one.
  await openVault.settle().catch(() => {});
  const { vault } = openVault;
  const records = { session: await vault.read('session'), pending: await vault.read('pending') };
  return { configuration: fingerprint, secret: openVault.secretToHandOver(), records };
}
