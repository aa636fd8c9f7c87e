import type { OpenVault } from '../vault/open-vault.ts';
import { type Estate, type EstateKind, requestEstate } from './handover.ts';

/** What a change of worker versions needs to know. */
export interface SuccessionParts {
  readonly openVault: OpenVault;
  readonly fingerprint: string;
  /** Whether a fingerprint is of the same issuer and client. */
  readonly isOfSameClient: (fingerprint: string) => boolean;
}

/** In the install event: takes over from the active version. */
export async function takeOver({ openVault, isOfSameClient }: SuccessionParts, active: ServiceWorker): Promise<void> {
  const estate = await requestEstate(active, openVault.inherit ? 'key' : 'records');
  if (!estate || !isOfSameClient(estate.configuration)) return;
  if (estate.key) await openVault.inherit?.(estate.key, estate.configuration);
  for (const name of ['session', 'pending'] as const) {
    const value = estate.records?.[name];
    if (value !== undefined) await openVault.vault.write(name, value);
  }
}

/** In the active version: what the next one gets. */
export async function handOver({ openVault, fingerprint }: SuccessionParts, wants: EstateKind): Promise<Estate> {
  // What this version has inherited and not sealed anew yet would be closed to the next one.
  await openVault.settle().catch(() => {});
  const key = wants === 'key' ? await openVault.handOverKey() : undefined;
  if (key) return { key, configuration: fingerprint };
  const [session, pending] = await Promise.all([openVault.vault.read('session'), openVault.vault.read('pending')]);
  return { records: { session, pending }, configuration: fingerprint };
}
