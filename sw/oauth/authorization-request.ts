import * as oauth from 'oauth4webapi';
import { TokenwardError } from '../../src/protocol/error.ts';
import { Token } from '../vault/token.ts';
import type { OAuthContext } from './authorization-server.ts';
import { dpopHandle, generateDpopKey } from './dpop.ts';
import { browserEndpoint, setParameters } from './endpoint.ts';
import type { PendingAuthorization } from './pending-authorization.ts';
import { addTargets } from './target.ts';

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
 * Makes an authorization request (RFC 6749, section 4.1.1; RFC 7636; OpenID Connect Core 1.0, section 3.1.2.1; RFC 9449,
 * section 10).
 *
 * @throws {@link TokenwardError} `issuer_unreachable`, `issuer_invalid`
 */
export async function prepareAuthorization(
  context: OAuthContext,
  { parameters, returnTo, scopes }: AuthorizationRequest,
): Promise<PreparedAuthorization> {
  const { configuration, metadata, now } = context;
  const { authorization_endpoint } = await metadata();
  const url = browserEndpoint(authorization_endpoint, configuration.issuer);
  if (!url)
    throw new TokenwardError(
      'issuer_invalid',
      'The metadata of the authorization server names no authorization endpoint. Check it.',
    );
  const dpopKey = configuration.dpop === 'required' ? await generateDpopKey() : undefined;
  const codeVerifier = oauth.generateRandomCodeVerifier();
  const pending: PendingAuthorization = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    codeVerifier: new Token('code_verifier', codeVerifier),
    dpopKey,
    returnTo,
    scopes,
    createdAtMs: now(),
    attempted: false,
  };
  setParameters(url, {
    ...configuration.authorizationParameters,
    ...parameters,
    client_id: configuration.clientId,
    redirect_uri: configuration.redirectUri,
    response_type: 'code',
    scope: scopes.join(' '),
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    ...(dpopKey && { dpop_jkt: await (await dpopHandle(context, dpopKey)).calculateThumbprint() }),
  });
  addTargets(url.searchParams, configuration);
  return { url, pending };
}
