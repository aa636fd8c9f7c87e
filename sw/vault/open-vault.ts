import { withMemoryFallback } from './memory-fallback.ts';
import { createMemoryVault } from './memory-vault.ts';
import { RecordStore } from './record-store.ts';
import { createSealedVault } from './sealed-vault.ts';
import { deriveSealingKey } from './sealing-key.ts';
import type { Vault } from './vault.ts';

/** A vault, and how it passes to the next worker version. */
export interface OpenVault {
  readonly vault: Vault;
  /** The key of this version's records and their binding; `undefined` if there is none, or the records are in memory. */
  readonly handOverKey: () => Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Takes the key of the version before; only a sealed vault can. */
  readonly inherit: ((key: Uint8Array<ArrayBuffer>, fingerprint: string) => Promise<void>) | undefined;
  /** Seals under the own key what the version before has left. */
  readonly settle: () => Promise<void>;
}

/** What a vault is opened with. */
export interface OpenVaultOptions {
  /** The secret of the worker's script; without one, tokens stay in memory. */
  readonly secret: Uint8Array<ArrayBuffer> | undefined;
  /** What records are bound to. */
  readonly fingerprint: string;
  /** One vault for each registration scope. */
  readonly registrationScope: string;
  readonly now: () => number;
}

/** Opens the vault. Does no work before it is used: most starts of a worker are for requests that need none. */
export function openVault({ secret, fingerprint, registrationScope, now }: OpenVaultOptions): OpenVault {
  if (!secret) {
    const nothing = async (): Promise<undefined> => undefined;
    return { vault: createMemoryVault(), handOverKey: nothing, inherit: undefined, settle: nothing };
  }
  let deriving: ReturnType<typeof deriveSealingKey> | undefined;
  const key = (): ReturnType<typeof deriveSealingKey> => (deriving ??= deriveSealingKey(secret));
  const sealed = createSealedVault({
    storage: 'sealed',
    store: new RecordStore(`tokenward ${new URL(registrationScope).pathname}`),
    own: async () => ({ key: await key(), configuration: fingerprint }),
    workerVersion: async () => (await key()).name(),
    now,
  });
  const vault = withMemoryFallback(sealed);
  return {
    vault,
    handOverKey: async () => (vault.storage === 'memory' ? undefined : (await key()).handOver()),
    inherit: (bits, binding) => sealed.inherit(bits, binding),
    settle: () => sealed.settle(),
  };
}
