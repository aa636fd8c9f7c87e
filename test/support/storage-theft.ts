import type { Evaluator } from './engines/engine.ts';

/** Everything that page script can read in IndexedDB, as text: binary values as Latin-1, one value a line. */
export function dumpDatabases(page: Evaluator): Promise<string> {
  return page.evaluate(async () => {
    const seen: string[] = [];
    const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
    const walk = (value: unknown): void => {
      if (value instanceof ArrayBuffer) seen.push(latin1(new Uint8Array(value)));
      else if (ArrayBuffer.isView(value))
        seen.push(latin1(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)));
      else if (typeof value === 'object' && value !== null) {
        for (const [name, member] of value instanceof Map ? value : Object.entries(value)) {
          seen.push(String(name));
          walk(member);
        }
      } else seen.push(String(value));
    };
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve) => {
        const opening = indexedDB.open(name);
        opening.onsuccess = () => resolve(opening.result);
      });
      for (const store of database.objectStoreNames) {
        const objects = database.transaction(store).objectStore(store);
        for (const request of [objects.getAllKeys(), objects.getAll()]) {
          await new Promise((resolve) => {
            request.onsuccess = resolve;
          });
          walk(request.result);
        }
      }
      database.close();
    }
    return seen.join('\n');
  });
}

/**
 * Searches for secrets: whole, in halves, in base64 and base64url at each of its three alignments, URL-encoded, in UTF-16.
 *
 * @returns the first characters of those that were found
 */
export function findSecrets(text: string, secrets: readonly string[]): readonly string[] {
  return secrets
    .filter((secret) => formsOf(secret).some((form) => text.includes(form)))
    .map((secret) => secret.slice(0, 6));
}

function formsOf(secret: string): readonly string[] {
  const half = Math.floor(secret.length / 2);
  const base64 = [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
    // What stands at the edges depends on the neighbours.
    return [bytes.toString('base64').slice(4, -4), bytes.toString('base64url').slice(4, -4)];
  });
  const utf16 = Buffer.from(secret, 'utf16le').toString('latin1');
  return [secret, secret.slice(0, half), secret.slice(half), encodeURIComponent(secret), utf16, ...base64];
}

/** Puts every value in IndexedDB into `window.stolen`: keys do not leave the page. */
function readDatabases(page: Evaluator): Promise<void> {
  return page.evaluate(async () => {
    const values: unknown[] = [];
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve) => {
        const opening = indexedDB.open(name);
        opening.onsuccess = () => resolve(opening.result);
      });
      for (const store of database.objectStoreNames) {
        const request = database.transaction(store).objectStore(store).getAll();
        await new Promise((resolve) => {
          request.onsuccess = resolve;
        });
        values.push(request.result);
      }
      database.close();
    }
    Object.assign(window, { stolen: values });
  });
}

/**
 * Tries every CryptoKey in IndexedDB, and every bytes there as a key or as the origin of one, on every ciphertext there.
 *
 * @returns what was opened
 */
export async function openWithAnyKey(page: Evaluator): Promise<readonly string[]> {
  await readDatabases(page);
  return page.evaluate(async () => {
    const keys: CryptoKey[] = [];
    const materials: BufferSource[] = [];
    const sealed: { iv: BufferSource; ciphertext: BufferSource }[] = [];
    const isBytes = (value: unknown): value is BufferSource =>
      value instanceof ArrayBuffer || ArrayBuffer.isView(value);
    const walk = (value: unknown): void => {
      if (value instanceof CryptoKey) keys.push(value);
      else if (isBytes(value)) materials.push(value);
      else if (typeof value === 'string') materials.push(new TextEncoder().encode(value));
      else if (typeof value === 'object' && value !== null) {
        const members = new Map(Object.entries(value));
        const iv: unknown = members.get('iv');
        const ciphertext: unknown = members.get('ciphertext');
        if (isBytes(iv) && isBytes(ciphertext)) sealed.push({ iv, ciphertext });
        for (const member of members.values()) walk(member);
      }
    };
    walk(Reflect.get(window, 'stolen'));
    const opened: string[] = [];
    for (const key of keys) {
      for (const { iv, ciphertext } of sealed) {
        await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, ciphertext).then(
          (plaintext) => void opened.push(new TextDecoder().decode(plaintext)),
          () => {},
        );
      }
    }
    const bytesOf = (source: BufferSource): Uint8Array<ArrayBuffer> =>
      source instanceof ArrayBuffer
        ? new Uint8Array(source)
        : Uint8Array.from(new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
    // By AES-CTR, the keystream of GCM: without its tag, nobody has to know what a record is bound to.
    const streams: CryptoKey[] = [];
    for (const material of materials) {
      const raw = await crypto.subtle.importKey('raw', material, 'AES-CTR', false, ['decrypt']).catch(() => undefined);
      const root = await crypto.subtle.importKey('raw', material, 'HKDF', false, ['deriveKey']);
      const info = new TextEncoder().encode('tokenward records');
      const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info };
      streams.push(
        await crypto.subtle.deriveKey(parameters, root, { name: 'AES-CTR', length: 256 }, false, ['decrypt']),
      );
      if (raw) streams.push(raw);
    }
    for (const key of streams) {
      for (const { iv, ciphertext } of sealed) {
        const counter = new Uint8Array([...bytesOf(iv), 0, 0, 0, 2]);
        const data = bytesOf(ciphertext).slice(0, -16);
        const plaintext = await crypto.subtle.decrypt({ name: 'AES-CTR', counter, length: 32 }, key, data);
        const text = new TextDecoder().decode(plaintext);
        // The wrong key leaves noise, of which a few bytes may happen to be letters.
        if (/^[\x20-\x7e]{20,}$/.test(text)) opened.push(text);
      }
    }
    return opened;
  });
}

/**
 * Tries to sign with every CryptoKey in IndexedDB: a key that cannot be exported signs for whoever holds it.
 *
 * @returns how many signed
 */
export async function signWithAnyKey(page: Evaluator): Promise<number> {
  await readDatabases(page);
  return page.evaluate(async () => {
    const keys: CryptoKey[] = [];
    const walk = (value: unknown): void => {
      if (value instanceof CryptoKey) keys.push(value);
      else if (typeof value === 'object' && value !== null) Object.values(value).forEach(walk);
    };
    walk(Reflect.get(window, 'stolen'));
    const proof = new TextEncoder().encode('a proof of the attacker');
    const signing = keys.map((key) => crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, proof));
    return (await Promise.allSettled(signing)).filter(({ status }) => status === 'fulfilled').length;
  });
}
