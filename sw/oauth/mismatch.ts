import * as oauth from 'oauth4webapi';
import { hasMembers, type UnknownMembers } from '../../src/protocol/json.ts';
import { RelayFailure } from './relay-failure.ts';
import { UnreadableResponse } from './unreadable-response.ts';

/** Failed check of a server's response by this room. The message names the claim or the member. */
export class FailedCheck extends Error {
  override readonly name = 'FailedCheck';
  /** Setting to change, and its place. */
  readonly next: string | undefined;

  constructor(message: string, { next, cause }: { readonly next?: string; readonly cause?: unknown } = {}) {
    super(message, { cause });
    this.next = next;
  }
}

/** Settings of a client's registration that choose the algorithm of a signature (OpenID Connect Registration 1.0, section 2; JARM). */
export type AlgorithmSetting =
  | 'id_token_signed_response_alg'
  | 'userinfo_signed_response_alg'
  | 'authorization_signed_response_alg';

/** Mismatch between an authorization server and the configuration. */
export interface Mismatch {
  /** Difference between what the server sent and what was expected. It may hold an issuer, an algorithm or a token type of the server. */
  readonly reason: string | undefined;
  /** Setting to change, and its place. It holds nothing of the server. */
  readonly next: string | undefined;
}

/**
 * Explains a failed check: by the message of the check, or, for the most common mistakes, by the member that was found and the setting to
 * change. It never holds a token, a code or a claim of the user. The message of any other error may quote the server's response, so it is
 * omitted.
 *
 * @param algorithmSetting setting of the client's registration that chooses the algorithm of the signature
 */
export function explainMismatch(
  error: unknown,
  algorithmSetting: AlgorithmSetting = 'id_token_signed_response_alg',
): Mismatch {
  const details = error instanceof Error && hasMembers(error.cause) ? error.cause : {};
  if (error instanceof oauth.ResponseBodyError) {
    return { reason: undefined, next: error.error === 'invalid_client' ? PUBLIC_CLIENT : undefined };
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError) {
    const wantsSecret = error.status === 401 && error.cause.some(({ scheme }) => scheme === 'basic');
    return { reason: undefined, next: wantsSecret ? PUBLIC_CLIENT : undefined };
  }
  if (error instanceof UnreadableResponse || error instanceof RelayFailure) return error;
  if (error instanceof FailedCheck && error.next !== undefined) return { reason: error.message, next: error.next };
  if (!isCheck(error)) return { reason: undefined, next: undefined };
  const claim = claimOf(error.message, details);
  return (
    explainIssuer(claim, details) ??
    explainTokenType(error, details) ??
    explainAlgorithm(details, algorithmSetting) ??
    (isMissing(claim, details)
      ? { reason: `the ID token has no "${claim}"`, next: claim === 'nonce' ? ADVICE[claim] : undefined }
      : { reason: error.message, next: claim === undefined ? undefined : ADVICE[claim] })
  );
}

/** Whether an error is a failed check, whose message names a claim, a parameter or a header, and holds no value. */
export function isCheck(error: unknown): error is Error {
  return (
    error instanceof oauth.OperationProcessingError ||
    error instanceof oauth.UnsupportedOperationError ||
    error instanceof FailedCheck
  );
}

const PUBLIC_CLIENT =
  'Register the client as a public client without a secret ("token_endpoint_auth_method": "none"): a browser cannot keep a secret. ' +
  'Check "clientId" too. If the server demands a secret all the same, set the option "relay": the server of the app then adds it';

/** Advice about a claim of the ID token that does not fit. */
const ADVICE: Readonly<Record<string, string>> = {
  aud: 'Set "clientId" to the client that the ID token is for: "clientId" must be in its "aud"',
  azp: 'Set "clientId" to the client that the ID token is for: it must be the "azp" of a token for several audiences',
  nonce: 'Check that the server copies "nonce" from the authorization request into the ID token, and sign in again',
  exp: 'Check the clocks of the server and of this machine, and sign in again',
  iat: 'Check the clocks of the server and of this machine, and sign in again',
  nbf: 'Check the clocks of the server and of this machine, and sign in again',
};

/** Returns the claim or the member that a check is about. Messages have the claim in quotation marks. */
function claimOf(message: string, { claim, attribute }: UnknownMembers): string | undefined {
  const name = claim ?? attribute ?? /^(?:JWT )?"(\w+)"/.exec(message)?.[1];
  return typeof name === 'string' ? name : undefined;
}

function isMissing(claim: string | undefined, { claims }: UnknownMembers): claim is string {
  return claim !== undefined && hasMembers(claims) && claims[claim] === undefined;
}

function explainIssuer(claim: string | undefined, { body, claims, expected }: UnknownMembers): Mismatch | undefined {
  const isOfMetadata = claim === 'issuer';
  const [found, where] = isOfMetadata ? [body, 'metadata'] : [claims, 'ID token'];
  if ((!isOfMetadata && claim !== 'iss') || !hasMembers(found)) return undefined;
  const name = isOfMetadata ? 'issuer' : 'iss';
  return {
    reason: `"${name}" of the ${where} is ${describeIssuer(found[name])}, and ${describeIssuer(expected)} is configured`,
    next: `Set "issuer" to the issuer of the ${where}, letter by letter, if that is the server that you mean`,
  };
}

/** Describes an issuer, which is public, without a query. */
function describeIssuer(value: unknown): string {
  if (typeof value !== 'string' || value.length > 200 || !URL.canParse(value)) return 'no usable URL';
  const { origin, pathname } = new URL(value);
  // Keep a slash at the end, or its absence: the two may differ in that alone.
  const path = pathname === '/' && !value.endsWith('/') ? '' : pathname;
  return origin === 'null' ? 'no usable URL' : `"${origin}${path}"`;
}

function explainTokenType(error: Error, { body }: UnknownMembers): Mismatch | undefined {
  if (!(error instanceof oauth.UnsupportedOperationError) || !hasMembers(body)) return undefined;
  return {
    reason: `"token_type" is ${describeWord(body['token_type'])}, and neither "Bearer" nor "DPoP"`,
    next: 'Set the token type of this client to "Bearer" at the server, or to "DPoP" with the option "dpop"',
  };
}

function explainAlgorithm({ alg, header, expected }: UnknownMembers, setting: AlgorithmSetting): Mismatch | undefined {
  const found = expected !== undefined && hasMembers(header) ? header['alg'] : alg;
  if (found === undefined) return undefined;
  const isSymmetric = typeof found === 'string' && found.startsWith('HS');
  return {
    reason: `"alg" of the signature is ${describeWord(found)}, ${isSymmetric ? 'which needs a shared secret' : 'which is not supported, or not in the metadata'}`,
    next: `Set "${setting}" of the client to "RS256" or "ES256" at the server`,
  };
}

/** Describes a short word of the server, such as an algorithm. Anything longer could be something that must not be shown. */
function describeWord(value: unknown): string {
  return typeof value === 'string' && /^[\w+.-]{1,20}$/.test(value) ? `"${value}"` : 'something that is no name';
}
