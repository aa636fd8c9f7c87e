import { hasStrings } from '../../src/protocol/json.ts';
import type { SessionStorage } from '../../src/protocol/session.ts';
import type { RecordStore, StoredRecord } from './record-store.ts';
import { importSealingKey, type SealingKey } from './sealing-key.ts';
import { type RecordName, UNREADABLE, type Vault } from './vault.ts';

/** Key and fingerprint that a version of the worker passes to the next one, so that it can open its records. */
export interface Inheritance {
  /** Result of {@link OwnSealingKey.handOver}. */
  readonly key: ArrayBuffer;
  /** Fingerprint of the configuration that the records are bound to. */
  readonly configuration: string;
}

/** Dependencies of a sealed vault. */
export interface SealedVaultParts {
  readonly storage: Exclude<SessionStorage, 'memory'>;
  readonly store: RecordStore;
  /** Returns the key of this version; called when it is first needed. */
  readonly key: () => Promise<SealingKey>;
  /** Returns the name of this version, the same for all its instances. */
  readonly workerVersion: () => Promise<string>;
  /** Fingerprint of the configuration, which includes issuer and client. A record under another fingerprint does not open. */
  readonly configuration: string;
  readonly now: () => number;
}

/** Vault whose records are in IndexedDB as ciphertext only. */
export interface SealedVault extends Vault {
  /**
   * Stores the key of the version before this one, sealed under this version's key. Until the other version is gone, both may
   * write.
   */
  readonly inherit: (inheritance: Inheritance) => Promise<void>;
  /** Removes the session's record, if the storage still works. */
  readonly remove: () => Promise<void>;
  /** Seals the records of the version before this one again, under this version's key. */
  readonly reseal: () => Promise<void>;
}

/**
 * Creates a sealed vault.
 *
 * @param parts key, store and clock
 */
export function createSealedVault({
  storage,
  store,
  key,
  workerVersion,
  configuration,
  now,
}: SealedVaultParts): SealedVault {
  const generations = new Map<RecordName, number>();

  const openOwn = async (name: RecordName, record: StoredRecord): Promise<unknown> =>
    JSON.parse(await (await key()).open(record, boundTo(configuration, name, record)));

  const openInherited = async (name: RecordName, record: StoredRecord): Promise<unknown> => {
    const inheritance = await store.read('inheritance');
    const inherited = inheritance && (await openOwn('inheritance', inheritance));
    if (!hasStrings(inherited, 'key', 'configuration')) return UNREADABLE;
    const earlier = await importSealingKey(Uint8Array.from(inherited.key.split(','), Number));
    return JSON.parse(await earlier.open(record, boundTo(inherited.configuration, name, record)));
  };

  const readRecord = async (name: RecordName): Promise<{ readonly generation: number; readonly value: unknown }> => {
    const [record] = await Promise.all([store.read(name), key()]);
    const value =
      record &&
      (await openOwn(name, record)
        .catch(() => openInherited(name, record))
        .catch(() => UNREADABLE));
    return { generation: record?.generation ?? 0, value };
  };

  const writeRecord = async (name: RecordName, value: unknown, generation: number): Promise<boolean> => {
    const sealed = await (await key()).seal(JSON.stringify(value), boundTo(configuration, name, { generation }));
    return store.write(name, { ...sealed, generation });
  };

  const write = async (name: RecordName, value: unknown): Promise<boolean> => {
    const generation = (generations.get(name) ?? (await store.read(name))?.generation ?? 0) + 1;
    const written = await writeRecord(name, value, generation);
    if (written) generations.set(name, generation);
    return written;
  };

  return {
    storage,
    read: async (name) => {
      const { generation, value } = await readRecord(name);
      generations.set(name, generation);
      return value;
    },
    peek: async (name) => (await readRecord(name)).value,
    write,
    acquireLease: async (ttlMs) => store.acquireLease(await workerVersion(), now(), ttlMs),
    releaseLease: () => store.remove('lease'),
    remove: () => store.remove('session'),
    inherit: async (inherited) => {
      generations.delete('inheritance');
      await write('inheritance', { ...inherited, key: new Uint8Array(inherited.key).join() });
    },
    reseal: async () => {
      for (const name of ['outbox', 'session', 'pending'] as const) {
        const { generation, value } = await readRecord(name);
        // Over the very record that was read, and no later one: a sign-out may be written down at the same time. Where another version
        // has just written, it is that version's record that counts, and it can be opened.
        if (value !== undefined && value !== UNREADABLE) await writeRecord(name, value, generation + 1);
      }
    },
  };
}

/** Returns the additional authenticated data of a record. */
function boundTo(configuration: string, name: RecordName, { generation }: Pick<StoredRecord, 'generation'>): string {
  return JSON.stringify(['tokenward', configuration, name, generation]);
}
