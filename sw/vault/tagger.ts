import { hasStrings } from '../../src/protocol/json.ts';
import type { Vault } from './vault.ts';

const encoder = new TextEncoder();
const HMAC = { name: 'HMAC', hash: 'SHA-256' };

/**
 * Creates the function that computes authentication tags of texts: HMAC-SHA-256 (RFC 2104), under a key that is generated at
 * the first call.
 *
 * @param vault returns the vault that stores the key; called when it is first needed
 */
export function createTagger(vault: () => Vault): (purpose: string, text: string) => Promise<string> {
  let key: Promise<CryptoKey> | undefined;
  return async (purpose, text) => {
    key ??= importKey(vault());
    // The next text tries again.
    key.catch(() => (key = undefined));
    return new Uint8Array(
      await crypto.subtle.sign(HMAC, await key, encoder.encode(JSON.stringify([purpose, text]))),
    ).join('.');
  };
}

async function importKey(vault: Vault): Promise<CryptoKey> {
  const bits = await readBits(vault);
  return crypto.subtle.importKey('raw', Uint8Array.from(bits.split(','), Number), HMAC, false, ['sign']);
}

async function readBits(vault: Vault): Promise<string> {
  // Another worker version may write at the same time, and then there is a key.
  for (let attempt = 0; attempt < 5; attempt++) {
    const stored = await vault.read('outbox');
    if (hasStrings(stored, 'key')) return stored.key;
    const key = crypto.getRandomValues(new Uint8Array(32)).join();
    if (await vault.write('outbox', { key })) return key;
  }
  throw new Error('The key of the outbox cannot be kept.');
}
