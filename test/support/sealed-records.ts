import type { Evaluator } from './engines/engine.ts';

/** The database of the worker at scope `/`, and its one object store. */
export const VAULT_DATABASE = 'tokenward /';
export const VAULT_STORE = 'records';

/** A sealed record as a page can read it. */
export interface SealedRecord {
  readonly iv: readonly number[];
  readonly ciphertext: readonly number[];
  readonly generation: number;
}

/** Reads one of the worker's records, as page script can. */
export function readSealedRecord(page: Evaluator, name: string): Promise<SealedRecord | undefined> {
  return page.evaluate(
    ({ database, store, key }) =>
      new Promise<SealedRecord | undefined>((resolve, reject) => {
        const opening = indexedDB.open(database);
        opening.onerror = () => reject(new Error('The database does not open.'));
        opening.onsuccess = () => {
          const reading = opening.result.transaction(store).objectStore(store).get(key);
          reading.onerror = () => reject(new Error('The record cannot be read.'));
          reading.onsuccess = () => {
            const record = reading.result;
            opening.result.close();
            resolve(
              record && {
                iv: [...record.iv],
                ciphertext: [...new Uint8Array(record.ciphertext)],
                generation: record.generation,
              },
            );
          };
        };
      }),
    { database: VAULT_DATABASE, store: VAULT_STORE, key: name },
  );
}

/** Puts something in the place of one of the worker's records, as page script can. */
export function writeSealedRecord(page: Evaluator, name: string, record: SealedRecord): Promise<void> {
  return page.evaluate(
    ({ database, store, key, value }) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open(database);
        opening.onerror = () => reject(new Error('The database does not open.'));
        opening.onsuccess = () => {
          const transaction = opening.result.transaction(store, 'readwrite');
          transaction.objectStore(store).put(
            {
              iv: new Uint8Array(value.iv),
              ciphertext: new Uint8Array(value.ciphertext).buffer,
              generation: value.generation,
            },
            key,
          );
          transaction.onabort = () => reject(new Error('The record cannot be written.'));
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
        };
      }),
    { database: VAULT_DATABASE, store: VAULT_STORE, key: name, value: record },
  );
}

/** Begins to write the records and never ends, as page script can: nobody else can write them until the page is gone. */
export function holdTransaction(page: Evaluator): Promise<void> {
  return page.evaluate(
    ({ database, name }) =>
      new Promise<void>((resolve) => {
        const opening = indexedDB.open(database);
        opening.onsuccess = () => {
          const store = opening.result.transaction(name, 'readwrite').objectStore(name);
          const goOn = (): void => {
            store.get('nothing').onsuccess = goOn;
          };
          goOn();
          resolve();
        };
      }),
    { database: VAULT_DATABASE, name: VAULT_STORE },
  );
}

/**
 * Opens a record with the secret of a worker's script, by AES-CTR: the same keystream as GCM's without its tag, so that
 * neither the record's name nor the configuration that it is bound to has to be known.
 *
 * @param secret the 43 characters that the server has put before the script
 * @returns the plain text, or `undefined` if the record is sealed under another key
 */
export async function openSealedRecord(secret: string, { iv, ciphertext }: SealedRecord): Promise<string | undefined> {
  const root = await crypto.subtle.importKey('raw', Buffer.from(secret), 'HKDF', false, ['deriveKey']);
  const info = new TextEncoder().encode('tokenward records');
  const key = await crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info },
    root,
    { name: 'AES-CTR', length: 256 },
    false,
    ['decrypt'],
  );
  // NIST SP 800-38D, section 7.1: the first block after the initial one.
  const counter = new Uint8Array([...iv, 0, 0, 0, 2]);
  const data = new Uint8Array(ciphertext.slice(0, -16));
  const plaintext = Buffer.from(await crypto.subtle.decrypt({ name: 'AES-CTR', counter, length: 32 }, key, data));
  try {
    JSON.parse(plaintext.toString());
    return plaintext.toString();
  } catch {
    return undefined;
  }
}

/** Deletes the worker's records, as page script can. */
export function deleteVault(page: Evaluator): Promise<string> {
  return page.evaluate(
    (name) =>
      new Promise<string>((resolve) => {
        const deletion = indexedDB.deleteDatabase(name);
        deletion.onsuccess = () => resolve('deleted');
        deletion.onerror = () => resolve('failed');
      }),
    VAULT_DATABASE,
  );
}
