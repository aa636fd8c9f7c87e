import * as oauth from 'oauth4webapi';
import { TokenwardError } from '../../src/protocol/error.ts';
import { Token } from '../vault/token.ts';
import type { OAuthContext } from './context.ts';
import { dpopHandle, generateDpopKey } from './dpop.ts';
import type { ProvenClaims } from './claims-proof.ts';
import { browserEndpoint, setParameters } from './endpoint.ts';
import type { PendingAuthorization } from './pending-authorization.ts';
import { pushAuthorizationRequest } from './pushed-authorization-request.ts';
import { addTargets, joinScopes } from './target.ts';

/** Sign-in request after the check against the configuration. */
export interface AuthorizationRequest {
  readonly returnTo: string;
  readonly scopes: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  /** Claims of a challenge, which are among the parameters too. */
  readonly proven?: ProvenClaims | undefined;
  /** Largest time since the user's authentication that the limits of the session allow, in seconds. */
  readonly maxAgeSeconds?: number | undefined;
  /** Subject of the session that the sign-in is to bring back; `undefined` if the user may choose who signs in. */
  readonly user?: string | undefined;
  /** ID token of the session that a silent sign-in is to bring back. */
  readonly idTokenHint?: Token<'id_token'> | undefined;
  /** Whether the sign-in holds what is remembered of the session; `none` by default. */
  readonly memory?: 'sent' | 'none';
  /** Name that a page has given to its sign-in in a pop-up. */
  readonly popupId?: string | undefined;
  /** Name of the tab, as far as it has been asked. */
  readonly tab?: string | undefined;
}

/**
 * Largest length of the URL with a hint, in characters: many servers take a request line of 8 KiB. Without the hint, a server that
 * knows several users refuses.
 */
const MAX_CHARACTERS = 8000;

/** Authorization request as the browser carries it, with the state that the worker stores. */
export interface PreparedAuthorization {
  readonly url: URL;
  readonly pending: PendingAuthorization;
}

/**
 * Returns the authorization endpoint.
 *
 * @throws {@link TokenwardError} `issuer_unreachable`, `issuer_invalid`
 */
export async function authorizationEndpoint({ configuration, metadata }: OAuthContext): Promise<URL> {
  const { authorization_endpoint } = await metadata();
  const url = browserEndpoint(authorization_endpoint, configuration.issuer);
  if (url) return url;
  throw new TokenwardError(
    'issuer_invalid',
    `The metadata of ${configuration.issuer.href} names no usable authorization endpoint. Check them, or set "authorizationServer.metadata.authorization_endpoint".`,
  );
}

/**
 * Creates an authorization request (RFC 6749, section 4.1.1; RFC 7636; OpenID Connect Core 1.0, section 3.1.2.1; RFC 9449,
 * section 10), and pushes it if the configuration or the metadata require it (RFC 9126).
 *
 * @throws {@link TokenwardError} `issuer_unreachable`, `issuer_invalid`, `authorization_refused`
 */
export async function prepareAuthorization(
  context: OAuthContext,
  request: AuthorizationRequest,
): Promise<PreparedAuthorization> {
  const { configuration, now } = context;
  const {
    parameters,
    returnTo,
    scopes,
    maxAgeSeconds = Infinity,
    user,
    idTokenHint,
    memory = 'none',
    popupId,
    proven,
    tab,
  } = request;
  const endpoint = await authorizationEndpoint(context);
  const url = new URL(endpoint);
  const dpopKey = configuration.dpop === 'required' ? await generateDpopKey() : undefined;
  const chosen = { ...configuration.authorizationParameters, ...parameters };
  const maxAge = chosen['max_age'] === undefined ? undefined : Number(chosen['max_age']);
  // Not every server says when the user was authenticated: what the limits ask for, the ID token need not prove.
  const leastAge = Math.min(maxAge ?? Infinity, maxAgeSeconds);
  const codeVerifier = oauth.generateRandomCodeVerifier();
  const pending: PendingAuthorization = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    codeVerifier: new Token('code_verifier', codeVerifier),
    dpopKey,
    returnTo,
    scopes,
    parameters,
    ...((chosen['prompt'] === 'none' || user !== undefined) && { renewal: { user, memory } }),
    ...(popupId !== undefined && { popupId }),
    ...(tab !== undefined && { tab }),
    ...(proven && { proven }),
    maxAge,
    createdAtMs: now(),
    attempted: false,
  };
  setParameters(url, {
    ...(idTokenHint && { id_token_hint: idTokenHint.reveal() }),
    ...chosen,
    ...(leastAge < Infinity && { max_age: String(leastAge) }),
    client_id: configuration.clientId,
    redirect_uri: configuration.redirectUri,
    response_type: configuration.responseType,
    ...(configuration.responseMode !== 'query' && { response_mode: configuration.responseMode }),
    ...(scopes.length > 0 && { scope: joinScopes(scopes, configuration.authorizationServer) }),
    state: pending.state,
    ...(configuration.openid !== false && { nonce: pending.nonce }),
    code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    ...(dpopKey && { dpop_jkt: await (await dpopHandle(context, dpopKey)).calculateThumbprint() }),
  });
  addTargets(url.searchParams, configuration);
  const reference = await pushAuthorizationRequest(context, url.searchParams);
  // RFC 9126, section 4: the other parameters stay between worker and server.
  if (reference) setParameters(endpoint, reference);
  else if (url.href.length > MAX_CHARACTERS) url.searchParams.delete('id_token_hint');
  return { url: reference ? endpoint : url, pending };
}
