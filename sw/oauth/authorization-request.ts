import * as oauth from 'oauth4webapi';
import { TokenwardError } from '../../src/protocol/error.ts';
import { Token } from '../vault/token.ts';
import type { OAuthContext } from './authorization-server.ts';
import type { PendingAuthorization } from './pending-authorization.ts';

/** What a sign-in asks for, after it was checked against the configuration. */
export interface AuthorizationRequest {
  readonly returnTo: string;
  readonly scopes: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
}

/** An authorization request as the browser carries it, and what to remember of it. */
export interface PreparedAuthorization {
  readonly url: URL;
  readonly pending: PendingAuthorization;
}

/**
 * Makes an authorization request (RFC 6749, section 4.1.1; RFC 7636; OpenID Connect Core 1.0, section 3.1.2.1).
 *
 * @param nowMs the time, in milliseconds since the epoch
 * @throws {@link TokenwardError} `issuer_unreachable`, `issuer_invalid`
 */
export async function prepareAuthorization(
  { configuration, metadata }: OAuthContext,
  request: AuthorizationRequest,
  nowMs: number,
): Promise<PreparedAuthorization> {
  const url = await authorizationEndpoint(metadata);
  const codeVerifier = oauth.generateRandomCodeVerifier();
  const pending: PendingAuthorization = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    codeVerifier: new Token('code_verifier', codeVerifier),
    returnTo: request.returnTo,
    scopes: request.scopes,
    createdAtMs: nowMs,
    attempted: false,
  };
  const parameters = {
    ...configuration.authorizationParameters,
    ...request.parameters,
    client_id: configuration.clientId,
    redirect_uri: configuration.redirectUri,
    response_type: 'code',
    scope: request.scopes.join(' '),
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return { url, pending };
}

async function authorizationEndpoint(metadata: OAuthContext['metadata']): Promise<URL> {
  const { authorization_endpoint: endpoint, issuer } = await metadata();
  if (endpoint !== undefined && URL.canParse(endpoint)) {
    const url = new URL(endpoint);
    // Metadata is data: it must not lead the browser to a `javascript:` or `data:` URL, nor down from https.
    if (url.protocol === 'https:' || url.protocol === new URL(issuer).protocol) return url;
  }
  throw new TokenwardError('issuer_invalid', `The metadata of ${issuer} names no authorization endpoint that can be used.`);
}
