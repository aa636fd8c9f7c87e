const encoder = new TextEncoder();

/** Ciphertext with its initialisation vector. */
export interface Sealed {
  /** 96 random bits (NIST SP 800-38D, section 8.2.2). */
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly ciphertext: ArrayBuffer;
}

/** A key that seals records. It is an AES-256-GCM key that WebCrypto does not let out. */
export interface SealingKey {
  /**
   * Encrypts a text.
   *
   * @param plaintext the text
   * @param boundTo additional authenticated data: the record opens with the same data only
   */
  seal(plaintext: string, boundTo: string): Promise<Sealed>;
  /**
   * Decrypts a record.
   *
   * @throws OperationError if the key, the record or its additional authenticated data differ
   */
  open(sealed: Sealed, boundTo: string): Promise<string>;
}

/** The key of this worker version. */
export interface OwnSealingKey extends SealingKey {
  /** Returns a public name of the worker version, which reveals nothing about its secret. */
  name(): Promise<string>;
  /** Returns the key's bits for the next worker version, which must open this version's records. */
  handOver(): Promise<ArrayBuffer>;
}

/**
 * Derives the sealing key of a worker version from the secret in its script, with HKDF-SHA-256 (RFC 5869).
 *
 * @param secret holds 256 random bits; it is not kept
 */
export async function deriveSealingKey(secret: string): Promise<OwnSealingKey> {
  const root = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, ['deriveBits']);
  const derive = (purpose: string, bits: number): Promise<ArrayBuffer> =>
    crypto.subtle.deriveBits(
      { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: encoder.encode(`tokenward ${purpose}`) },
      root,
      bits,
    );
  const handOver = (): Promise<ArrayBuffer> => derive('records', 256);
  return {
    ...(await importSealingKey(await handOver())),
    name: async () => new Uint8Array(await derive('name', 64)).join('.'),
    handOver,
  };
}

/** Imports the sealing key of an earlier worker version from the result of its {@link OwnSealingKey.handOver}. */
export async function importSealingKey(bits: BufferSource): Promise<SealingKey> {
  return sealingKey(await crypto.subtle.importKey('raw', bits, 'AES-GCM', false, ['encrypt', 'decrypt']));
}

/** Seals with an AES-GCM key. */
export function sealingKey(key: CryptoKey): SealingKey {
  return {
    seal: async (plaintext, boundTo) => {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      return { iv, ciphertext: await crypto.subtle.encrypt(aesGcm(iv, boundTo), key, encoder.encode(plaintext)) };
    },
    open: async ({ iv, ciphertext }, boundTo) =>
      new TextDecoder().decode(await crypto.subtle.decrypt(aesGcm(iv, boundTo), key, ciphertext)),
  };
}

function aesGcm(iv: Uint8Array<ArrayBuffer>, boundTo: string): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: encoder.encode(boundTo) };
}
