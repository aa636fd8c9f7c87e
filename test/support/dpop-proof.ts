import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader } from 'jose';

/** What a DPoP proof says. Whether it holds is for the servers to check. */
export interface Proof {
  readonly jti: string | undefined;
  readonly method: unknown;
  readonly url: unknown;
  readonly nonce: unknown;
  readonly accessTokenHash: unknown;
  /** The thumbprint of its key. */
  readonly jkt: string;
}

/** Reads proofs, as servers have logged them. */
export function readProofs(requests: readonly { readonly dpop: string | undefined }[]): Promise<readonly Proof[]> {
  return Promise.all(
    requests.map(async ({ dpop = '' }) => {
      const { jti, htm, htu, nonce, ath } = decodeJwt(dpop);
      const jkt = await calculateJwkThumbprint(decodeProtectedHeader(dpop).jwk ?? {});
      return { jti, method: htm, url: htu, nonce, accessTokenHash: ath, jkt };
    }),
  );
}
