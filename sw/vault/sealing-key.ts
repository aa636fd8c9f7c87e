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
   * @param plaintext what to seal
   * @param boundTo what the record is, as additional authenticated data: it opens as nothing else
   */
  seal(plaintext: string, boundTo: string): Promise<Sealed>;
  /** @throws OperationError when the key, the record or what it is bound to is another */
  open(sealed: Sealed, boundTo: string): Promise<string>;
}

/** The sealing key of this worker version, which comes from the secret in its own script. */
export interface OwnSealingKey extends SealingKey {
  /** A public name of the worker version; says nothing about its secret. */
  name(): Promise<string>;
  /** The key's bits, for the worker version that follows this one and has to open its records. */
  handOver(): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Derives the sealing key from a secret with HKDF-SHA-256 (RFC 5869).
 *
 * @param secret 256 random bits
 */
export async function deriveSealingKey(secret: Uint8Array<ArrayBuffer>): Promise<OwnSealingKey> {
  const root = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey', 'deriveBits']);
  const key = await crypto.subtle.deriveKey(hkdf('records'), root, { name: 'AES-GCM', length: 256 }, false, USAGES);
  return {
    ...sealingKey(key),
    name: async () => {
      const bits = new Uint8Array(await crypto.subtle.deriveBits(hkdf('name'), root, 64));
      return Array.from(bits, (byte) => byte.toString(16).padStart(2, '0')).join('');
    },
    handOver: async () => new Uint8Array(await crypto.subtle.deriveBits(hkdf('records'), root, 256)),
  };
}

/** The sealing key of an earlier worker version, from what its {@link OwnSealingKey.handOver} gave. */
export async function importSealingKey(bits: Uint8Array<ArrayBuffer>): Promise<SealingKey> {
  return sealingKey(await crypto.subtle.importKey('raw', bits, 'AES-GCM', false, USAGES));
}

/** A key that cannot be exported, for the vault that is explicitly weaker. */
export function generateSealingKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, USAGES);
}

/** Seals with a given AES-GCM key. */
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

const USAGES: readonly ('encrypt' | 'decrypt')[] = ['encrypt', 'decrypt'];

function aesGcm(iv: Uint8Array<ArrayBuffer>, boundTo: string): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: encoder.encode(boundTo) };
}

function hkdf(purpose: string): HkdfParams {
  return { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: encoder.encode(`tokenward ${purpose}`) };
}
