import type { WithoutSecret } from '../../src/configuration/configuration.ts';
import { withMemoryFallback } from './memory-fallback.ts';
import { createMemoryVault } from './memory-vault.ts';
import { createRecordStore, type RecordStore } from './record-store.ts';
import { createSealedVault, type SealedVault } from './sealed-vault.ts';
import { deriveSealingKey, type OwnSealingKey, sealingKey, type SealingKey } from './sealing-key.ts';
import type { Vault } from './vault.ts';

/** A vault, and how it passes to the next worker version. */
export interface OpenVault {
  readonly vault: Vault;
  /** The bits of the key that opens this version's records; `undefined` if there is none, or they are in memory. */
  readonly handOverKey: () => Promise<ArrayBuffer | undefined>;
  /** Takes over from the version before; only a sealed vault can. */
  readonly inherit?: SealedVault['inherit'];
  /** Seals under the own key what the version before has left. */
  readonly settle: () => Promise<void>;
}

/** The sealed records and their key, both on their way. */
export interface UnlockedRecords {
  readonly store: RecordStore;
  readonly key: Promise<OwnSealingKey>;
}

/**
 * Begins to open the database and to derive the key: what takes longest of a worker's start, and needs no configuration.
 *
 * @param secret the secret of the worker's script; it is not kept
 * @param registrationScope one database for each
 */
export function unlockRecords(secret: string, registrationScope: string): UnlockedRecords {
  return { store: openStore(registrationScope), key: deriveSealingKey(secret) };
}

function openStore(registrationScope: string): RecordStore {
  return createRecordStore(`tokenward ${new URL(registrationScope).pathname}`);
}

/** What a vault is opened with. */
export interface OpenVaultOptions {
  /** What the secret of the worker's script opens; without one, tokens stay in memory. */
  readonly unlocked: UnlockedRecords | undefined;
  readonly withoutSecret: WithoutSecret;
  /** What records are bound to. */
  readonly fingerprint: string;
  /** One vault for each registration scope. */
  readonly registrationScope: string;
  readonly now: () => number;
}

/** Opens the vault. */
export function openVault(options: OpenVaultOptions): OpenVault {
  const { unlocked, fingerprint: configuration, registrationScope, withoutSecret, now } = options;
  if (unlocked) {
    const { store, key } = unlocked;
    const sealed = createSealedVault({
      store,
      configuration,
      now,
      storage: 'sealed',
      key: () => key,
      workerVersion: async () => (await key).name(),
    });
    const vault = withMemoryFallback(sealed);
    return {
      vault,
      handOverKey: async () => (vault.storage === 'memory' ? undefined : (await key).handOver()),
      inherit: sealed.inherit,
      settle: sealed.settle,
    };
  }
  const nothing = async (): Promise<undefined> => undefined;
  if (withoutSecret === 'memory') return { vault: createMemoryVault(), handOverKey: nothing, settle: nothing };
  const store = openStore(registrationScope);
  let key: Promise<SealingKey> | undefined;
  const wrapped = createSealedVault({
    store,
    configuration,
    now,
    storage: 'wrapped',
    key: () => (key ??= store.wrappingKey().then(sealingKey)),
    // Every version has the same key: there is nothing to hand over.
    workerVersion: async () => '',
  });
  return { vault: withMemoryFallback(wrapped), handOverKey: nothing, inherit: nothing, settle: nothing };
}
