import type { webcrypto } from 'node:crypto';
import {
  formatIdentity,
  fromHex,
  PROOF_KEY_INFO,
  proofMessage,
  type ProvenRequest,
  type RelayProof,
  toHex,
} from '../../protocol/relay-proof.ts';

const encoder = new TextEncoder();

/**
 * Identities of workers. The server derives the secret of each from its public name and a key of its own, with HKDF-SHA-256 (RFC
 * 5869), so it stores none of them. They are not the secrets that seal the records of a worker: the key of the relay opens no vault.
 */
export class RelayIdentities {
  readonly #root: Promise<webcrypto.CryptoKey>;
  readonly #purpose: string;

  /**
   * @param key the key of the server
   * @param purpose the app, client and address that the identities are for: no other relay with the same key accepts them
   */
  constructor(key: string, purpose: string) {
    this.#root = importRoot(encoder.encode(key));
    this.#purpose = purpose;
  }

  /** Creates an identity for one worker script, as text. */
  async create(): Promise<string> {
    const workerId = toHex(crypto.getRandomValues(new Uint8Array(16)));
    return formatIdentity({ workerId, secret: toHex(await this.#secretOf(workerId)) });
  }

  /** Returns a text that is another one for each key and purpose, and reveals nothing about the key. */
  async name(): Promise<string> {
    return toHex(await this.#derive('name', new Uint8Array()));
  }

  /** Whether a proof is of an identity of this server, and of this request. The comparison takes the same time for each MAC. */
  async verify(proof: RelayProof, request: ProvenRequest): Promise<boolean> {
    const root = await importRoot(await this.#secretOf(proof.workerId));
    const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: encoder.encode(PROOF_KEY_INFO) };
    const key = await crypto.subtle.deriveKey(parameters, root, HMAC, false, ['verify']);
    return crypto.subtle.verify('HMAC', key, fromHex(proof.mac), encoder.encode(proofMessage(request, proof)));
  }

  #secretOf(workerId: string): Promise<Uint8Array<ArrayBuffer>> {
    return this.#derive('worker', fromHex(workerId));
  }

  async #derive(use: 'worker' | 'name', salt: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const info = encoder.encode(`tokenward relay ${use} ${this.#purpose}`);
    const parameters = { name: 'HKDF', hash: 'SHA-256', salt, info };
    return new Uint8Array(await crypto.subtle.deriveBits(parameters, await this.#root, 256));
  }
}

const HMAC = { name: 'HMAC', hash: 'SHA-256', length: 256 };

function importRoot(bytes: Uint8Array<ArrayBuffer>): Promise<webcrypto.CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveBits', 'deriveKey']);
}
