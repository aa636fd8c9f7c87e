import type { OpenVault } from '../vault/open-vault.ts';
import type { RecordName } from '../vault/vault.ts';
import { type HandoverPayload, requestHandoverPayload } from './handover.ts';

/** Dependencies of the handover between two versions of the worker. */
export interface HandoverParts {
  readonly openVault: OpenVault;
  readonly fingerprint: string;
  /** Whether a fingerprint is of the same issuer and client. */
  readonly isOfSameClient: (fingerprint: string) => boolean;
}

/**
 * Names of the records in their order. The outbox key precedes the session, whose arrival triggers the replay of the outbox.
 */
const RECORDS: readonly RecordName[] = ['outbox', 'session', 'pending'];

/**
 * Takes over from the active version in the install event.
 *
 * @param parts dependencies; `onTaken` is called whenever the active version has sent a payload
 * @param active a worker of the same script: it answers no other, and treats the request of another as an attack
 */
export function takeOver(
  { openVault, isOfSameClient, onTaken }: HandoverParts & { readonly onTaken: () => Promise<unknown> },
  active: ServiceWorker,
): Promise<void> {
  const { vault, inherit } = openVault;
  return requestHandoverPayload(active, !!inherit, async ({ configuration, key, records }) => {
    if (!isOfSameClient(configuration)) return;
    // While it runs, the active version may still write its sealed records, so read them only when they are needed.
    if (key) await inherit?.({ key, configuration });
    for (const name of RECORDS) {
      if (records?.[name] !== undefined) await vault.write(name, records[name]);
    }
    await onTaken();
  });
}

/** Returns the handover payload of the active version. */
export async function handoverPayload(
  { openVault, fingerprint }: HandoverParts,
  seals: boolean,
): Promise<HandoverPayload> {
  const { vault, reseal, handOverKey } = openVault;
  // Otherwise the next version could not open records that this version has inherited but not yet resealed.
  await reseal().catch(() => {});
  const key = seals ? await handOverKey() : undefined;
  if (key) return { configuration: fingerprint, key };
  const records: Record<string, unknown> = {};
  for (const name of RECORDS) records[name] = await vault.peek(name);
  return { configuration: fingerprint, records };
}
