import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload } from 'jose';

import type { DpopSettings, ProofCheck } from './dpop-proof.ts';

/** What a valid access token says (RFC 9068). */
export interface Authorization {
  readonly sub: string;
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
  /** The clock, in milliseconds since the epoch; the right time by default. */
  readonly now?: () => number;
  /** Where the authorization server's keys are; `/jwks` at the issuer's origin by default. */
  readonly jwksUri?: string | undefined;
  /** Where to ask about access tokens that are no JWTs (RFC 7662), and as which client; by default, they all are JWTs. */
  readonly introspection?: Introspection | undefined;
}

/** An introspection endpoint (RFC 7662), and the public client that asks there. */
export interface Introspection {
  readonly url: string;
  readonly clientId: string;
}

/**
 * Makes the check of an API: signature, type, issuer, audience and expiry of a JWT access token, or what the authorization
 * server says of an opaque one; and the DPoP proof.
 */
export function checkAccessTokens(options: AccessTokenOptions): CheckAuthorization {
  const { issuer, audience, realm, proofs, settings, now = Date.now, introspection } = options;
  const keys = createRemoteJWKSet(new URL(options.jwksUri ?? '/jwks', issuer));
  const verify = async (token: string): Promise<JWTPayload> => {
    const claims = { issuer, audience, requiredClaims: ['sub', 'exp'] };
    if (introspection !== undefined) return await introspect(token, introspection, claims);
    const rules = { ...claims, typ: 'at+jwt', algorithms: ['ES256', 'RS256'], currentDate: new Date(now()) };
    return (await jwtVerify(token, keys, rules)).payload;
  };

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
      const payload = await verify(token);
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

/** Asks the authorization server about an access token (RFC 7662, section 2), and checks what it says like a JWT's claims. */
async function introspect(
  token: string,
  { url, clientId }: Introspection,
  claims: { readonly issuer: string; readonly audience: string },
): Promise<JWTPayload> {
  const body = new URLSearchParams({ token, token_type_hint: 'access_token', client_id: clientId });
  const response = await fetch(url, { method: 'POST', body });
  if (!response.ok) throw new Error(`The introspection endpoint answered with ${response.status}.`);
  const said: unknown = await response.json();
  if (!isActive(said) || said.iss !== claims.issuer || ![said.aud].flat().includes(claims.audience)) {
    throw new errors.JWTInvalid('The access token is not active here.');
  }
  return said;
}

function isActive(said: unknown): said is JWTPayload {
  return typeof said === 'object' && said !== null && 'active' in said && said.active === true;
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
