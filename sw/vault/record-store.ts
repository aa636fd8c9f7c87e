import { del, get, promisifyRequest, update, type UseStore } from 'idb-keyval';
import { hasMembers, hasStrings, type UnknownMembers } from '../../src/protocol/json.ts';
import type { Sealed } from './sealing-key.ts';
import type { LeaseAnswer } from './vault.ts';

/** Sealed record in IndexedDB. */
export interface StoredRecord extends Sealed {
  /** Number of writes of this record; part of its additional authenticated data. */
  readonly generation: number;
}

/** Right of a worker version to use the refresh token. It holds nothing secret. */
interface Lease {
  readonly workerVersion: string;
  readonly untilMs: number;
}

/** Sealed records in IndexedDB. A write succeeds only with the record's latest generation. */
export interface RecordStore {
  readonly read: (name: string) => Promise<StoredRecord | undefined>;
  /**
   * Writes a record.
   *
   * @returns whether it was written: not if the stored generation differs from the expected one
   */
  readonly write: (name: string, record: StoredRecord) => Promise<boolean>;
  readonly acquireLease: (workerVersion: string, nowMs: number, ttlMs: number) => Promise<LeaseAnswer>;
  readonly remove: (name: string) => Promise<void>;
  /** Returns the AES-GCM key of the explicitly weaker vault. Page script cannot export it, but can use it. */
  readonly wrappingKey: () => Promise<CryptoKey>;
}

/** Name of the object store for the records and the lease. */
const STORE = 'records';

/** Page script may hold the database hostage (a blocked upgrade, a transaction that never ends): do not wait for it. */
const TIMEOUT_MS = 5000;

/** Sealed records in a database of their own. */
export class RecordDatabase implements RecordStore {
  readonly #name: string;
  #opening: Promise<IDBDatabase> | undefined;

  /**
   * Begins to open the database at once.
   *
   * @param name name of the database, one for each registration scope
   */
  constructor(name: string) {
    this.#name = name;
    this.#opening = this.#open();
    // The first use fails with the same error.
    this.#opening.catch(() => {});
  }

  async read(name: string): Promise<StoredRecord | undefined> {
    return parseStoredRecord(await get<unknown>(name, this.#transact));
  }

  async write(name: string, record: StoredRecord): Promise<boolean> {
    let written = false;
    const replace = (stored: unknown): unknown => {
      const generation = parseStoredRecord(stored)?.generation ?? 0;
      // A record that other code has deleted may be written again: nothing newer is lost.
      written = generation === 0 || generation === record.generation - 1;
      return stored && !written ? stored : record;
    };
    await update<unknown>(name, replace, this.#transact);
    return written;
  }

  async acquireLease(workerVersion: string, nowMs: number, ttlMs: number): Promise<LeaseAnswer> {
    let answer: LeaseAnswer = 'granted';
    const lease: Lease = { workerVersion, untilMs: nowMs + ttlMs };
    const replace = (stored: unknown): unknown => {
      const held = parseLease(stored);
      if (!held || !isHeldByOther(held, lease, nowMs)) return lease;
      answer = 'held';
      return held;
    };
    await update<unknown>('lease', replace, this.#transact);
    return answer;
  }

  remove(name: string): Promise<void> {
    return del(name, this.#transact);
  }

  async wrappingKey(): Promise<CryptoKey> {
    const fresh = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    let key = fresh;
    const keep = (stored: unknown): unknown => {
      if (stored instanceof CryptoKey) key = stored;
      return key;
    };
    await update<unknown>('key', keep, this.#transact);
    return key;
  }

  async #open(): Promise<IDBDatabase> {
    const request = indexedDB.open(this.#name);
    request.addEventListener('upgradeneeded', () => request.result.createObjectStore(STORE));
    const database = await promisifyRequest(request);
    const forget = (): void => {
      this.#opening = undefined;
      database.close();
    };
    database.addEventListener('close', forget);
    // Other code deletes the database. Do not block it: the next use makes a new one.
    database.addEventListener('versionchange', forget);
    return database;
  }

  readonly #transact: UseStore = async (mode, act) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(reject, TIMEOUT_MS, new Error('IndexedDB does not answer.'));
    });
    this.#opening ??= this.#open();
    const done = this.#opening.then((database) =>
      act(database.transaction(STORE, mode, { durability: 'strict' }).objectStore(STORE)),
    );
    try {
      return await Promise.race([done, timeout]);
    } catch (error) {
      this.#opening = undefined;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
}

/**
 * Whether a lease keeps another version of the worker from its own. A lease of the same version is of an instance that was stopped, and
 * one that lasts longer than any is forged.
 */
function isHeldByOther(held: Lease, { workerVersion, untilMs }: Lease, nowMs: number): boolean {
  return held.workerVersion !== workerVersion && held.untilMs > nowMs && held.untilMs <= untilMs;
}

/**
 * Parses a record. Page script can write into the database too: what it has put in the place of a record becomes a record that no key
 * opens, of a generation that is never sealed.
 */
export function parseStoredRecord(value: unknown): StoredRecord | undefined {
  if (value === undefined) return undefined;
  const { iv, ciphertext, generation }: UnknownMembers = hasMembers(value) ? value : {};
  return {
    iv: iv instanceof Uint8Array ? new Uint8Array(iv) : new Uint8Array(),
    ciphertext: ciphertext instanceof ArrayBuffer ? ciphertext : new ArrayBuffer(0),
    generation: typeof generation === 'number' && Number.isSafeInteger(generation) ? generation : 0,
  };
}

function parseLease(value: unknown): Lease | undefined {
  if (!hasStrings(value, 'workerVersion') || typeof value['untilMs'] !== 'number') return undefined;
  return { workerVersion: value.workerVersion, untilMs: value['untilMs'] };
}
