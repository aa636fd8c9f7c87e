import { createHash } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { TokenwardOptions } from '../../src/configuration/configuration.ts';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { createOAuthContext } from '../../sw/oauth/authorization-server.ts';
import type { OAuthContext } from '../../sw/oauth/context.ts';

/** The issuer of {@link createScriptedServer}. */
export const ISSUER = 'https://as.example';
/** The client that it knows. */
export const CLIENT_ID = 'spa';
/** The app's origin. */
export const APP_ORIGIN = 'https://app.example';

/** A request as it reached the server. */
export interface ReceivedRequest {
  /** Absolute, with its query. */
  readonly url: string;
  readonly path: string;
  readonly headers: Headers;
  readonly form: URLSearchParams;
}

/** Answers a request; it may throw, as a network does. */
export type ScriptedAnswer = (request: ReceivedRequest) => Response | Promise<Response>;

/** What differs from an ID token (or another JWT) that is as it should be; `undefined` leaves a claim out. */
export interface JwtChanges {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly key?: SigningKey;
  readonly alg?: string;
  readonly kid?: string;
}

/** A key pair of the server. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** Makes a key pair. */
export async function createSigningKey(kid: string, alg: string = 'ES256'): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** An authorization server whose every answer a test can change, on a network of its own: it cannot be reached otherwise. */
export interface ScriptedServer {
  readonly requests: readonly ReceivedRequest[];
  /** Those to one path. */
  readonly requestsTo: (path: string) => readonly ReceivedRequest[];
  /** Its metadata; a test may change them before they are fetched. */
  readonly metadata: Record<string, unknown>;
  /** Its keys, as `/jwks` shows them. */
  readonly keys: SigningKey[];
  /** Answers the requests to a path from now on. */
  readonly answer: (path: string, answer: ScriptedAnswer) => void;
  /** An ID token for this client, signed by the first key. */
  readonly idToken: (changes?: JwtChanges) => Promise<string>;
  readonly send: typeof fetch;
}

const NONE = new URLSearchParams();

/** A server with metadata and keys; what else it answers says the test. */
export async function createScriptedServer(): Promise<ScriptedServer> {
  const requests: ReceivedRequest[] = [];
  const keys = [await createSigningKey('key-1')];
  const metadata: Record<string, unknown> = {
    issuer: ISSUER,
    authorization_endpoint: `${ISSUER}/authorize`,
    token_endpoint: `${ISSUER}/token`,
    jwks_uri: `${ISSUER}/jwks`,
    revocation_endpoint: `${ISSUER}/revoke`,
    userinfo_endpoint: `${ISSUER}/userinfo`,
    end_session_endpoint: `${ISSUER}/logout`,
    id_token_signing_alg_values_supported: ['ES256', 'RS256'],
    authorization_signing_alg_values_supported: ['ES256'],
    authorization_response_iss_parameter_supported: true,
  };
  const answers = new Map<string, ScriptedAnswer>([
    ['/.well-known/openid-configuration', () => Response.json(metadata)],
    ['/jwks', () => Response.json({ keys: keys.map(({ publicJwk }) => publicJwk) })],
  ]);
  return {
    requests,
    requestsTo: (path) => requests.filter((request) => request.path === path),
    metadata,
    keys,
    answer: (path, answer) => void answers.set(path, answer),
    idToken: (changes) => signJwt(keys, changes),
    send: async (input, init) => {
      const request = new Request(input, init);
      const { pathname: path } = new URL(request.url);
      const body = await request.text();
      const received = {
        url: request.url,
        path,
        headers: request.headers,
        form: body === '' ? NONE : new URLSearchParams(body),
      };
      requests.push(received);
      const answer = await Promise.race([answers.get(path)?.(received), abortOf(request.signal)]);
      return answer ?? new Response(null, { status: 404 });
    },
  };
}

/** Rejects when somebody gives a request up. */
function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

async function signJwt([first]: readonly SigningKey[], changes: JwtChanges = {}): Promise<string> {
  const { claims = {}, key = first } = changes;
  if (!key) throw new Error('There is no key.');
  const nowSeconds = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: ISSUER,
    aud: CLIENT_ID,
    sub: 'ada',
    iat: nowSeconds,
    exp: nowSeconds + 3600,
    ...claims,
  })
    .setProtectedHeader({ alg: changes.alg ?? key.alg, kid: changes.kid ?? key.kid })
    .sign(key.privateKey);
}

/** This client of a server, with the clock of the process. */
export function clientOf(
  server: Pick<ScriptedServer, 'send'>,
  options: Partial<TokenwardOptions> = {},
  warn: (message: string) => void = () => {},
): OAuthContext {
  const configuration = parseConfiguration(
    { issuer: ISSUER, clientId: CLIENT_ID, protectedResources: [{ url: 'https://api.example/v1' }], ...options },
    APP_ORIGIN,
  );
  return createOAuthContext(configuration, { send: server.send, now: () => Date.now(), warn });
}

/** A token response, as JSON. */
export function tokenResponse(members: Readonly<Record<string, unknown>> = {}, init?: ResponseInit): Response {
  return Response.json({ access_token: 'access', token_type: 'Bearer', expires_in: 300, ...members }, init);
}

/** The hash of a code or a state, as an ID token holds it (OpenID Connect Core 1.0, section 3.3.2.11). */
export function leftHalfHash(value: string): string {
  return createHash('sha256').update(value).digest().subarray(0, 16).toString('base64url');
}
