import type { IDToken } from 'oauth4webapi';
import { FailedCheck } from './mismatch.ts';
import { unverifiedHeader } from './unverified-claims.ts';

/** Time by which the clock of the server may be ahead, in seconds. */
const MAX_AHEAD_SECONDS = 300;

/** Context of the checks of an ID token. */
export interface IdTokenContext {
  readonly clientId: string;
  /** The time, in seconds since the epoch, by the server's clock where it is known. */
  readonly nowSeconds: number;
}

/**
 * Checks the claims of an ID token that are optional for a client and reveal a token for another client (OpenID Connect Core
 * 1.0, section 3.1.3.7, steps 5 and 10; section 2 for `sub`).
 *
 * @throws {@link FailedCheck} that names the claim
 */
export function checkIdTokenClaims({ azp, sub, iat }: IDToken, { clientId, nowSeconds }: IdTokenContext): void {
  if (azp !== undefined && azp !== clientId) throw new FailedCheck('"azp" names another client');
  if (sub === '') throw new FailedCheck('"sub" is empty');
  if (iat > nowSeconds + MAX_AHEAD_SECONDS) throw new FailedCheck('"iat" is in the future');
}

/**
 * Checks that an ID token belongs to an access token or to a code, if it has the claim (OpenID Connect Core 1.0, sections
 * 3.1.3.6 and 3.3.2.11).
 *
 * @param claim the value of `at_hash` or `c_hash`
 * @param idToken the ID token, whose header names the hash
 * @param value the access token or the code
 * @throws {@link FailedCheck} if the ID token belongs to another one
 */
export async function checkTokenHash(claim: unknown, idToken: string, value: string): Promise<void> {
  if (claim === undefined) return;
  const { alg } = unverifiedHeader(idToken);
  // EdDSA with Ed25519 uses SHA-512; all other algorithms name their hash.
  const bits = /(?:256|384|512)$/.exec(String(alg))?.[0] ?? '512';
  const digest = await crypto.subtle.digest(`SHA-${bits}`, new TextEncoder().encode(value));
  const half = String.fromCharCode(...new Uint8Array(digest, 0, digest.byteLength / 2));
  const expected = btoa(half).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  if (claim !== expected) throw new FailedCheck('its hash is of another access token or code');
}
