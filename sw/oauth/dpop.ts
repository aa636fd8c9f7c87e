import * as oauth from 'oauth4webapi';
import { Token } from '../vault/token.ts';
import type { OAuthContext } from './context.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };

/** Keys that are ready for use, each imported once. */
const handles = new WeakMap<Token<'dpop_key'>, Promise<oauth.DPoPHandle>>();

/**
 * Generates the key pair of a session (RFC 9449, section 4): the coordinates of the public key, and the private key. As a token
 * it is stored in the vault as ciphertext; the key that signs cannot be exported.
 */
export async function generateDpopKey(): Promise<Token<'dpop_key'>> {
  const { privateKey } = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const { x, y, d } = await crypto.subtle.exportKey('jwk', privateKey);
  return new Token('dpop_key', [x, y, d].join('.'));
}

/** Returns the key as oauth4webapi takes it. Its proofs contain the newest nonce of their origin. */
export function dpopHandle(context: OAuthContext, key: Token<'dpop_key'>): Promise<oauth.DPoPHandle> {
  const handle = handles.get(key) ?? importKey(context, key);
  handles.set(key, handle);
  return handle;
}

async function importKey({ client, nonces, now }: OAuthContext, key: Token<'dpop_key'>): Promise<oauth.DPoPHandle> {
  const [x = '', y = '', d = ''] = key.reveal().split('.');
  const jwk = { kty: 'EC', crv: 'P-256', x, y };
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.importKey('jwk', { ...jwk, d }, ALGORITHM, false, ['sign']),
    crypto.subtle.importKey('jwk', jwk, ALGORITHM, true, ['verify']),
  ]);
  return oauth.DPoP(
    client,
    { privateKey, publicKey },
    {
      [oauth.modifyAssertion]: (_header, payload) => {
        // The worker may have learned the server's clock after it made the key.
        payload['iat'] = Math.floor(now() / 1000) + (client[oauth.clockSkew] ?? 0);
        const { htu } = payload;
        if (typeof htu === 'string') payload['nonce'] = nonces.get(new URL(htu).origin);
      },
    },
  );
}

/**
 * Stores the newest nonce of an origin (RFC 9449, section 8.2): every response may contain one.
 *
 * @param url URL of the response
 * @returns whether the response contained a readable one; across origins, the server must expose `DPoP-Nonce`
 */
export function noteNonce({ nonces }: Pick<OAuthContext, 'nonces'>, url: string, { headers }: Response): boolean {
  const nonce = headers.get('dpop-nonce');
  if (nonce) nonces.set(new URL(url).origin, nonce);
  return !!nonce;
}
