import { hasMembers } from '../../src/protocol/json.ts';
import type { SessionStorage } from '../../src/protocol/session.ts';
import type { RecordStore, StoredRecord } from './record-store.ts';
import { importSealingKey, type SealingKey } from './sealing-key.ts';
import { type RecordName, UNREADABLE, type Vault } from './vault.ts';

/** A key, and the configuration that its records are bound to. */
export interface Binding {
  readonly key: SealingKey;
  /** The fingerprint of the configuration, issuer and client in it: a record made under another does not open. */
  readonly configuration: string;
}

/** What a sealed vault is made of. */
export interface SealedVaultParts {
  readonly storage: Exclude<SessionStorage, 'memory'>;
  readonly store: RecordStore;
  /** Seals and opens. */
  readonly own: () => Promise<Binding>;
  /** The same for every instance of this worker version. */
  readonly workerVersion: () => Promise<string>;
  readonly now: () => number;
}

/** A vault whose records stand in IndexedDB as ciphertext only. */
export interface SealedVault extends Vault {
  /**
   * Keeps the key of the worker version before this one, sealed under its own: until that version is gone both may write.
   *
   * @param key what {@link OwnSealingKey.handOver} gave
   * @param configuration what that version's records are bound to
   */
  inherit(key: Uint8Array<ArrayBuffer>, configuration: string): Promise<void>;
  /** Seals under the own key what the version before has left. */
  settle(): Promise<void>;
}

/** @param parts the key, the store and the clock */
export function createSealedVault(parts: SealedVaultParts): SealedVault {
  const { storage, store, own, now, workerVersion } = parts;
  const workerInstance = crypto.randomUUID();
  const generations = new Map<RecordName, number>();

  const open = async (binding: Binding, name: RecordName, record: StoredRecord): Promise<unknown> =>
    JSON.parse(await binding.key.open(record, boundTo(binding, name, record.generation)));

  const inherited = async (): Promise<Binding | undefined> => {
    const record = await store.get('inheritance');
    const value = record && (await open(await own(), 'inheritance', record).catch(() => undefined));
    if (!hasMembers(value) || typeof value['configuration'] !== 'string' || !isBytes(value['key'])) return undefined;
    return { key: await importSealingKey(new Uint8Array(value['key'])), configuration: value['configuration'] };
  };

  const read = async (name: RecordName): Promise<unknown> => {
    const record = await store.get(name);
    generations.set(name, record?.generation ?? 0);
    if (record === undefined) return undefined;
    try {
      return await open(await own(), name, record);
    } catch {
      const binding = await inherited();
      return binding ? open(binding, name, record).catch(() => UNREADABLE) : UNREADABLE;
    }
  };

  const write = async (name: RecordName, value: unknown): Promise<boolean> => {
    const binding = await own();
    const generation = (generations.get(name) ?? (await store.get(name))?.generation ?? 0) + 1;
    const sealed = await binding.key.seal(JSON.stringify(value), boundTo(binding, name, generation));
    if (!(await store.put(name, { ...sealed, generation }))) return false;
    generations.set(name, generation);
    return true;
  };

  return {
    storage,
    read,
    write,
    acquireLease: async (ttlMs) => {
      const lease = { workerVersion: await workerVersion(), workerInstance, untilMs: now() + ttlMs };
      return store.acquireLease(lease, now(), ttlMs);
    },
    releaseLease: () => store.releaseLease(),
    inherit: async (key, configuration) => {
      generations.delete('inheritance');
      await write('inheritance', { key: Array.from(key), configuration });
    },
    settle: async () => {
      for (const name of ['session', 'pending'] as const) {
        const value = await read(name);
        // Where another version has just written, it is that version's record that counts, and it can be opened.
        if (value !== undefined && value !== UNREADABLE) await write(name, value);
      }
    },
  };
}

/** The additional authenticated data of a record. */
function boundTo({ configuration }: Binding, name: RecordName, generation: number): string {
  return JSON.stringify(['tokenward', configuration, name, generation]);
}

function isBytes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length === 32 && value.every((byte) => Number.isInteger(byte));
}
