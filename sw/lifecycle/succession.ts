import type { OpenVault } from '../vault/open-vault.ts';
import type { RecordName } from '../vault/vault.ts';
import { type Estate, requestEstate } from './handover.ts';

/** What a change of worker versions needs to know. */
export interface SuccessionParts {
  readonly openVault: OpenVault;
  readonly fingerprint: string;
  /** Whether a fingerprint is of the same issuer and client. */
  readonly isOfSameClient: (fingerprint: string) => boolean;
}

/** The key of the outbox comes before the session, whose coming lets the outbox be sent. */
const RECORDS: readonly RecordName[] = ['outbox', 'session', 'pending'];

/**
 * In the install event: takes over from the active version; `onTaken` is called whenever that one has changed something.
 *
 * @param active a worker of the same script: it answers no other, and takes the question of another for an attack
 */
export function takeOver(
  { openVault, isOfSameClient, onTaken }: SuccessionParts & { readonly onTaken: () => Promise<unknown> },
  active: ServiceWorker,
): Promise<void> {
  const { vault, inherit } = openVault;
  return requestEstate(active, !!inherit, async ({ configuration, key, records }) => {
    if (!isOfSameClient(configuration)) return;
    // While it lives, the active version may still write its sealed records: they are read when they are needed.
    if (key) await inherit?.({ key, configuration });
    for (const name of RECORDS) {
      if (records?.[name] !== undefined) await vault.write(name, records[name]);
    }
    await onTaken();
  });
}

/** In the active version: what the next one gets. */
export async function estateOf({ openVault, fingerprint }: SuccessionParts, seals: boolean): Promise<Estate> {
  const { vault, settle, handOverKey } = openVault;
  // What this version has inherited and not sealed anew yet would be closed to the next one.
  await settle().catch(() => {});
  const key = seals ? await handOverKey() : undefined;
  if (key) return { configuration: fingerprint, key };
  const records: Record<string, unknown> = {};
  for (const name of RECORDS) records[name] = await vault.peek(name);
  return { configuration: fingerprint, records };
}
