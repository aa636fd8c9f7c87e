import { createRemoteJWKSet, errors, jwtVerify } from 'jose';

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

/** Checks the `Authorization` header of a request. */
export type CheckAuthorization = (header: string | undefined) => Promise<Authorization | Refusal>;

/** Which access tokens are valid. */
export interface AccessTokenOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly realm: string;
}

/** Makes the check of an API: signature, type, issuer, audience and expiry of a JWT access token. */
export function checkAccessTokens({ issuer, audience, realm }: AccessTokenOptions): CheckAuthorization {
  const keys = createRemoteJWKSet(new URL('/jwks', issuer));

  return async (header) => {
    const [scheme = '', token = '', ...rest] = (header ?? '').split(' ');
    // Without credentials the challenge says nothing about errors (RFC 6750, section 3.1).
    if (scheme.toLowerCase() !== 'bearer') {
      return { status: 401, challenge: `Bearer realm="${realm}"`, reason: 'This needs an access token.' };
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
