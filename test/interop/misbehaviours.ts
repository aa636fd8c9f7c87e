import type { ErrorCode } from 'tokenward';
import { type Misbehaviour, REQUEST_TIMEOUT_MS } from './mock-server.ts';

/** A way in which a server may be wrong, and what the page has to hear of it. */
export interface MisbehaviourCase {
  readonly name: string;
  /** @param issuer the server's issuer identifier */
  readonly how: (issuer: string) => Misbehaviour;
  /** The code that a sign-in ends in. */
  readonly atSignIn: ErrorCode;
  /**
   * The code that a request of the app gets when a refresh meets it; `left aside` where the refresh goes well all the same:
   * an ID token that is not needed is left aside (docs/errors.md, `id_token_invalid`).
   */
  readonly atRefresh: ErrorCode | 'left aside';
}

const json = { 'content-type': 'application/json' };

/** All of them. */
export const MISBEHAVIOURS: readonly MisbehaviourCase[] = [
  {
    name: 'wrong issuer in its metadata',
    how: (issuer) => ({
      endpoint: 'discovery',
      answer: {
        status: 200,
        headers: json,
        body: JSON.stringify({
          issuer: 'https://other.example',
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
        }),
      },
    }),
    atSignIn: 'issuer_invalid',
    atRefresh: 'issuer_invalid',
  },
  idToken('wrong issuer in the ID token', () => ({ iss: 'https://other.example' })),
  idToken('wrong nonce', () => ({ nonce: 'of-another-sign-in' })),
  idToken('wrong audience', () => ({ aud: 'another-client' })),
  idToken('expired ID token', (nowSeconds) => ({ iat: nowSeconds - 7200, exp: nowSeconds - 3600 })),
  body('unsigned ID token (alg none)', (members) => {
    const [, payload] = String(members['id_token']).split('.');
    members['id_token'] = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
  }),
  body('ID token with a bad signature', (members) => {
    const [header, payload, signature = ''] = String(members['id_token']).split('.');
    const other = Buffer.from(signature, 'base64url').map((byte) => byte ^ 1);
    members['id_token'] = `${header}.${payload}.${Buffer.from(other).toString('base64url')}`;
  }),
  body('no id_token', without('id_token')),
  body('no access_token', without('access_token'), 'token_response_invalid'),
  body('no token_type', without('token_type'), 'token_response_invalid'),
  tokenAnswer('HTML with 200', 'token_response_invalid', {
    answer: { status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html><p>Wi-Fi</p>' },
  }),
  tokenAnswer('slow', 'token_endpoint_unavailable', { delayMs: REQUEST_TIMEOUT_MS * 3 }),
  tokenAnswer('429 with Retry-After', 'token_endpoint_unavailable', {
    answer: { status: 429, headers: { 'retry-after': '2', 'access-control-expose-headers': 'Retry-After' } },
  }),
  tokenAnswer('500', 'token_endpoint_unavailable', {
    answer: { status: 500, headers: json, body: '{"error":"server_error"}' },
  }),
];

/** An ID token with wrong claims: no good to sign in with, and not needed at a refresh. */
function idToken(name: string, idTokenClaims: NonNullable<Misbehaviour['idTokenClaims']>): MisbehaviourCase {
  return {
    name,
    how: () => ({ endpoint: 'token', idTokenClaims }),
    atSignIn: 'id_token_invalid',
    atRefresh: 'left aside',
  };
}

/** A changed token response; without a code, what is changed is the ID token. */
function body(name: string, changeBody: NonNullable<Misbehaviour['changeBody']>, code?: ErrorCode): MisbehaviourCase {
  return {
    name,
    how: () => ({ endpoint: 'token', changeBody }),
    atSignIn: code ?? 'id_token_invalid',
    atRefresh: code ?? 'left aside',
  };
}

/** Another answer of the token endpoint, or none. */
function tokenAnswer(name: string, code: ErrorCode, how: Omit<Misbehaviour, 'endpoint'>): MisbehaviourCase {
  return { name, how: () => ({ endpoint: 'token', ...how }), atSignIn: code, atRefresh: code };
}

function without(member: string): (members: Record<string, unknown>) => void {
  return (members) => {
    delete members[member];
  };
}
