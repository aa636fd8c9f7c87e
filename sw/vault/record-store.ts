import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Sealed } from './sealing-key.ts';
import type { LeaseAnswer } from './vault.ts';

/** A sealed record as it stands in IndexedDB. */
export interface StoredRecord extends Sealed {
  /** Counts the writes of this record; part of what it is bound to. */
  readonly generation: number;
}

/** Who is using the refresh token. Holds nothing secret. */
interface Lease {
  readonly workerVersion: string;
  readonly workerInstance: string;
  readonly untilMs: number;
}

interface Schema extends DBSchema {
  records: { key: string; value: StoredRecord };
  leases: { key: string; value: Lease };
}

/** Page script may hold the database hostage (a blocked upgrade, a transaction that never ends): do not wait for it. */
const PATIENCE_MS = 3000;

/** The sealed records in IndexedDB, each written only by who knows its latest generation. */
export class RecordStore {
  readonly #databaseName: string;
  #opening: Promise<IDBPDatabase<Schema>> | undefined;

  /** @param databaseName one database for each registration scope */
  constructor(databaseName: string) {
    this.#databaseName = databaseName;
  }

  get(name: string): Promise<StoredRecord | undefined> {
    return this.#use((database) => database.get('records', name));
  }

  /** @returns whether it was written: not if the stored generation is another one than expected */
  put(name: string, record: StoredRecord): Promise<boolean> {
    return this.#use(async (database) => {
      const { store, done } = database.transaction('records', 'readwrite', { durability: 'strict' });
      const stored = await store.get(name);
      // A record that somebody has deleted may be written again: nothing newer is lost.
      if (stored !== undefined && stored.generation !== record.generation - 1) return false;
      await Promise.all([store.put(record, name), done]);
      return true;
    });
  }

  acquireLease(lease: Lease, nowMs: number, ttlMs: number): Promise<LeaseAnswer> {
    return this.#use(async (database) => {
      const { store, done } = database.transaction('leases', 'readwrite', { durability: 'strict' });
      const held = await store.get('refresh');
      const instanceIsGone = held?.workerVersion === lease.workerVersion && held.workerInstance !== lease.workerInstance;
      // A forged lease delays a refresh by its limit at most.
      const alive = held !== undefined && !instanceIsGone && held.untilMs > nowMs && held.untilMs <= nowMs + ttlMs;
      if (alive && held.workerVersion !== lease.workerVersion) return 'held';
      await Promise.all([store.put(lease, 'refresh'), done]);
      return held === undefined ? 'granted' : 'granted-after-interruption';
    });
  }

  async releaseLease(): Promise<void> {
    await this.#use((database) => database.delete('leases', 'refresh'));
  }

  async #use<T>(action: (database: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const impatience = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('IndexedDB does not answer.')), PATIENCE_MS);
    });
    try {
      return await Promise.race([this.#open().then(action), impatience]);
    } catch (error) {
      this.#opening = undefined;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #open(): Promise<IDBPDatabase<Schema>> {
    const forget = (): void => {
      this.#opening = undefined;
    };
    this.#opening ??= openDB<Schema>(this.#databaseName, 1, {
      upgrade: (database) => {
        database.createObjectStore('records');
        database.createObjectStore('leases');
      },
      // Somebody deletes the database: let it, the next use makes a new one.
      blocking: (_current, _blocked, event) => {
        forget();
        if (event.target instanceof IDBDatabase) event.target.close();
      },
      terminated: forget,
    });
    return this.#opening;
  }
}
