import { randomUUID } from 'node:crypto';

import { decodeJwt } from 'jose';
import * as oauth from 'oauth4webapi';

/** What an API wants of requests with DPoP (RFC 9449). All of it may change while the API runs. */
export interface DpopSettings {
  /** Whether access tokens have to be bound to a key; `allowed` by default. */
  readonly dpop: 'allowed' | 'required';
  /** Whether proofs have to hold a nonce of this API (section 9); `off` by default. */
  readonly dpopNonce: 'off' | 'required';
}

/** Why a proof is refused, as an `error` of a challenge. */
export type ProofError = 'use_dpop_nonce' | 'invalid_dpop_proof';

/** The proofs that an API has seen, and the nonce that it wants in the next. */
export interface ProofCheck {
  /** The nonce that proofs have to hold. */
  readonly nonce: () => string;
  /** Makes another nonce. */
  readonly renewNonce: () => void;
  /** Says what is wrong with the proof of a request whose access token is valid, if something is. */
  readonly check: (request: Request, settings: DpopSettings) => Promise<ProofError | undefined>;
}

/** @param token which access tokens are valid */
export function createProofCheck({ issuer, audience }: { issuer: string; audience: string }): ProofCheck {
  const authorizationServer: oauth.AuthorizationServer = { issuer, jwks_uri: new URL('/jwks', issuer).href };
  const seen = new Set<string>();
  let nonce: string = randomUUID();

  return {
    nonce: () => nonce,
    renewNonce: () => {
      nonce = randomUUID();
    },
    check: async ({ url, method, headers }, { dpopNonce }) => {
      try {
        await oauth.validateJwtAccessToken(authorizationServer, new Request(url, { method, headers }), audience, {
          requireDPoP: true,
          signingAlgorithms: ['ES256'],
          [oauth.allowInsecureRequests]: true,
        });
      } catch {
        return 'invalid_dpop_proof';
      }
      const { jti = '', nonce: held } = decodeJwt(headers.get('dpop') ?? '');
      // Each proof is good once (RFC 9449, section 11.1).
      if (seen.has(jti)) return 'invalid_dpop_proof';
      seen.add(jti);
      return dpopNonce === 'required' && held !== nonce ? 'use_dpop_nonce' : undefined;
    },
  };
}
