import { hasStrings } from '../../src/protocol/json.ts';
import type { SessionStorage } from '../../src/protocol/session.ts';
import type { RecordStore, StoredRecord } from './record-store.ts';
import { importSealingKey, type SealingKey } from './sealing-key.ts';
import { type LeaseAnswer, type RecordName, UNREADABLE, type Vault } from './vault.ts';

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

/** A record, opened. */
interface OpenedRecord {
  readonly generation: number;
  readonly value: unknown;
}

/** Vault whose records are in IndexedDB as ciphertext only. */
export class SealedVault implements Vault {
  readonly storage: SessionStorage;
  readonly #parts: SealedVaultParts;
  /** Generation of each record when this version last read or wrote it. */
  readonly #generations: Map<RecordName, number> = new Map();

  /** @param parts key, store and clock */
  constructor(parts: SealedVaultParts) {
    this.#parts = parts;
    this.storage = parts.storage;
  }

  async read(name: RecordName): Promise<unknown> {
    const { generation, value } = await this.#readRecord(name);
    this.#generations.set(name, generation);
    return value;
  }

  async peek(name: RecordName): Promise<unknown> {
    return (await this.#readRecord(name)).value;
  }

  async write(name: RecordName, value: unknown): Promise<boolean> {
    const known = this.#generations.get(name) ?? (await this.#parts.store.read(name))?.generation ?? 0;
    const generation = known + 1;
    const written = await this.#writeRecord(name, value, generation);
    if (written) this.#generations.set(name, generation);
    return written;
  }

  async acquireLease(ttlMs: number): Promise<LeaseAnswer> {
    const { store, workerVersion, now } = this.#parts;
    return store.acquireLease(await workerVersion(), now(), ttlMs);
  }

  releaseLease(): Promise<void> {
    return this.#parts.store.remove('lease');
  }

  /** Removes the session's record, if the storage still works. */
  remove(): Promise<void> {
    return this.#parts.store.remove('session');
  }

  /**
   * Stores the key of the version before this one, sealed under this version's key. Until the other version is gone, both may
   * write.
   */
  async inherit(inherited: Inheritance): Promise<void> {
    this.#generations.delete('inheritance');
    await this.write('inheritance', { ...inherited, key: new Uint8Array(inherited.key).join() });
  }

  /** Seals the records of the version before this one again, under this version's key. */
  async reseal(): Promise<void> {
    for (const name of ['outbox', 'session', 'pending'] as const) {
      const { generation, value } = await this.#readRecord(name);
      // Over the very record that was read, and no later one: a sign-out may be written down at the same time. Where another version
      // has just written, it is that version's record that counts, and it can be opened.
      if (value !== undefined && value !== UNREADABLE) await this.#writeRecord(name, value, generation + 1);
    }
  }

  async #readRecord(name: RecordName): Promise<OpenedRecord> {
    const { store, key } = this.#parts;
    const [record] = await Promise.all([store.read(name), key()]);
    return { generation: record?.generation ?? 0, value: record && (await this.#open(name, record)) };
  }

  async #writeRecord(name: RecordName, value: unknown, generation: number): Promise<boolean> {
    const { store, key, configuration } = this.#parts;
    const sealed = await (await key()).seal(JSON.stringify(value), boundTo(configuration, name, { generation }));
    return store.write(name, { ...sealed, generation });
  }

  /** Opens a record under the key of this version, or of the one before. */
  #open(name: RecordName, record: StoredRecord): Promise<unknown> {
    return this.#openOwn(name, record)
      .catch(() => this.#openInherited(name, record))
      .catch(() => UNREADABLE);
  }

  async #openOwn(name: RecordName, record: StoredRecord): Promise<unknown> {
    const { key, configuration } = this.#parts;
    return JSON.parse(await (await key()).open(record, boundTo(configuration, name, record)));
  }

  async #openInherited(name: RecordName, record: StoredRecord): Promise<unknown> {
    const inheritance = await this.#parts.store.read('inheritance');
    const inherited = inheritance && (await this.#openOwn('inheritance', inheritance));
    if (!hasStrings(inherited, 'key', 'configuration')) return UNREADABLE;
    const earlier = await importSealingKey(Uint8Array.from(inherited.key.split(','), Number));
    return JSON.parse(await earlier.open(record, boundTo(inherited.configuration, name, record)));
  }
}

/** Returns the additional authenticated data of a record. */
function boundTo(configuration: string, name: RecordName, { generation }: Pick<StoredRecord, 'generation'>): string {
  return JSON.stringify(['tokenward', configuration, name, generation]);
}
