import type { WithoutSecret } from '../../src/configuration/configuration.ts';
import { withMemoryFallback } from './memory-fallback.ts';
import { createMemoryVault } from './memory-vault.ts';
import { RecordDatabase, type RecordStore } from './record-store.ts';
import { SealedVault } from './sealed-vault.ts';
import { deriveSealingKey, type OwnSealingKey, sealingKey, type SealingKey } from './sealing-key.ts';
import type { Vault } from './vault.ts';

/** Vault, with the functions that hand it over to the next version of the worker. */
export interface OpenVault {
  readonly vault: Vault;
  /**
   * Returns the raw bits of the key that opens this version's records; `undefined` if there is no key or the records are in
   * memory.
   */
  readonly handOverKey: () => Promise<ArrayBuffer | undefined>;
  /** Stores the key of the version before this one; only a sealed vault can. */
  readonly inherit?: SealedVault['inherit'];
  /** Seals the records of the version before this one again, under this version's key. */
  readonly reseal: () => Promise<void>;
}

/** Sealed records, and the promise of their key. */
export interface UnlockedRecords {
  readonly store: RecordStore;
  readonly key: Promise<OwnSealingKey>;
}

/**
 * Begins to open the database and to derive the key: the slowest part of a worker's start, which needs no configuration.
 *
 * @param secret the secret of the worker's script; it is not stored
 * @param registrationScope scope of the worker; each has its own database
 */
export function unlockRecords(secret: string, registrationScope: string): UnlockedRecords {
  return { store: openStore(registrationScope), key: deriveSealingKey(secret) };
}

function openStore(registrationScope: string): RecordStore {
  return new RecordDatabase(`tokenward ${new URL(registrationScope).pathname}`);
}

/** Options of `openVault()`. */
export interface OpenVaultOptions {
  /** Records that the secret of the worker's script unlocks; without a secret, tokens stay in memory. */
  readonly unlocked: UnlockedRecords | undefined;
  readonly withoutSecret: WithoutSecret;
  /** Fingerprint of the configuration that records are bound to. */
  readonly fingerprint: string;
  /** Scope of the worker; each has its own vault. */
  readonly registrationScope: string;
  readonly now: () => number;
}

/** Opens the vault. */
export function openVault(options: OpenVaultOptions): OpenVault {
  const { unlocked, fingerprint: configuration, registrationScope, withoutSecret, now } = options;
  if (unlocked) {
    const { store, key } = unlocked;
    const sealed = new SealedVault({
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
      inherit: (inheritance) => sealed.inherit(inheritance),
      reseal: () => sealed.reseal(),
    };
  }
  const nothing = async (): Promise<undefined> => undefined;
  if (withoutSecret === 'memory') return { vault: createMemoryVault(), handOverKey: nothing, reseal: nothing };
  const store = openStore(registrationScope);
  let key: Promise<SealingKey> | undefined;
  const wrapped = new SealedVault({
    store,
    configuration,
    now,
    storage: 'wrapped',
    key: () => (key ??= store.wrappingKey().then(sealingKey)),
    // Every version has the same key, so there is nothing to hand over.
    workerVersion: async () => '',
  });
  return { vault: withMemoryFallback(wrapped), handOverKey: nothing, inherit: nothing, reseal: nothing };
}
