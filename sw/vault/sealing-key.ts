const encoder = new TextEncoder();

/** Ciphertext with its initialisation vector. */
export interface Sealed {
  /** 96 random bits (NIST SP 800-38D, section 8.2.2). */
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly ciphertext: ArrayBuffer;
}

/** A key that seals records. It is an AES-256-GCM key that WebCrypto does not let out. */
export interface SealingKey {
  /** A public name of the worker version; says nothing about its secret. */
  readonly name: string;
  /**
   * @param plaintext what to seal
   * @param boundTo what the record is, as additional authenticated data: it opens as nothing else
   */
  seal(plaintext: string, boundTo: string): Promise<Sealed>;
  /** @throws OperationError when the key, the record or what it is bound to is another */
  open(sealed: Sealed, boundTo: string): Promise<string>;
}

/**
 * Derives the sealing key of a worker version from the secret in its script, with HKDF-SHA-256 (RFC 5869).
 *
 * @param secret holds 256 random bits
 */
export async function deriveSealingKey(secret: string): Promise<SealingKey> {
  const root = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, ['deriveKey', 'deriveBits']);
  const name = await crypto.subtle.deriveBits(hkdf('name'), root, 64);
  const key = await crypto.subtle.deriveKey(hkdf('records'), root, { name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  return {
    name: new Uint8Array(name).join('.'),
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

function hkdf(purpose: string): HkdfParams {
  return { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: encoder.encode(`tokenward ${purpose}`) };
}
