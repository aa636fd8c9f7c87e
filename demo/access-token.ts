import { createRemoteJWKSet, errors, jwtVerify } from 'jose';

import type { DpopSettings, ProofCheck } from './dpop-proof.ts';

/** What a valid access token says (RFC 9068). */
export interface Authorization {
  readonly sub: string;
  readonly jti: string | undefined;
  readonly scopes: readonly string[];
  readonly expiresAtMs: number;
}

/** Why a request is refused: the answer's status and its `WWW-Authenticate` header (RFC 6750, section 3). */
export interface Refusal {
  readonly status: 400 | 401 | 403;
  readonly challenge: string;
  readonly reason: string;
}

/** Checks the access token of a request, and the proof that comes with it. */
export type CheckAuthorization = (request: Request) => Promise<Authorization | Refusal>;

/** Which access tokens are valid. */
export interface AccessTokenOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly realm: string;
  readonly proofs: ProofCheck;
  readonly settings: () => DpopSettings;
}

/** Makes the check of an API: signature, type, issuer, audience and expiry of a JWT access token, and its DPoP proof. */
export function checkAccessTokens(options: AccessTokenOptions): CheckAuthorization {
  const { issuer, audience, realm, proofs, settings } = options;
  const keys = createRemoteJWKSet(new URL('/jwks', issuer));

  return async (request) => {
    const [scheme = '', token = '', ...rest] = (request.headers.get('authorization') ?? '').split(' ');
    const isDpop = scheme.toLowerCase() === 'dpop';
    const isAllowed = isDpop || (scheme.toLowerCase() === 'bearer' && settings().dpop === 'allowed');
    // Without credentials the challenge says nothing about errors (RFC 6750, section 3.1).
    if (!isAllowed) {
      const challenge = settings().dpop === 'required' ? 'DPoP algs="ES256"' : `Bearer realm="${realm}"`;
      return { status: 401, challenge, reason: 'This needs an access token.' };
    }
    if (token === '' || rest.length > 0) {
      return refuse(400, realm, 'invalid_request', 'The Authorization header is malformed.');
    }
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        typ: 'at+jwt',
        algorithms: ['ES256', 'RS256'],
        requiredClaims: ['sub', 'exp'],
      });
      // A bound token is no Bearer token (RFC 9449, section 7.2).
      if (!isDpop && 'cnf' in payload)
        return refuse(401, realm, 'invalid_token', 'The access token is bound to a key.');
      const error = isDpop ? await proofs.check(request, settings()) : undefined;
      if (error !== undefined) {
        return { status: 401, challenge: `DPoP error="${error}", algs="ES256"`, reason: 'The proof is not accepted.' };
      }
      const scope = payload['scope'];
      return {
        sub: payload.sub ?? '',
        jti: payload.jti,
        scopes: typeof scope === 'string' ? scope.split(' ') : [],
        expiresAtMs: (payload.exp ?? 0) * 1000,
      };
    } catch (error) {
      // Keys that cannot be had say nothing about the token.
      if (!(error instanceof errors.JOSEError) || error instanceof errors.JWKSTimeout) throw error;
      const why =
        error instanceof errors.JWTExpired ? 'The access token has expired.' : 'The access token is not valid here.';
      return refuse(401, realm, 'invalid_token', why);
    }
  };
}

/** Refuses a valid access token that lacks a scope. */
export function refuseScope(realm: string, scope: string): Refusal {
  const refusal = refuse(403, realm, 'insufficient_scope', `This needs the scope ${scope}.`);
  return { ...refusal, challenge: `${refusal.challenge}, scope="${scope}"` };
}

function refuse(status: Refusal['status'], realm: string, error: string, reason: string): Refusal {
  return {
    status,
    challenge: `Bearer realm="${realm}", error="${error}", error_description="${reason}"`,
    reason,
  };
}
