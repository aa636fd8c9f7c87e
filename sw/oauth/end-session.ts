import type { Token } from '../vault/token.ts';
import type { OAuthContext } from './authorization-server.ts';

/**
 * The URL that ends the session at the authorization server (OpenID Connect RP-Initiated Logout 1.0, section 2).
 *
 * @returns `undefined` if the server offers none or does not answer
 */
export async function endSessionUrl(
  { configuration, metadata }: OAuthContext,
  idTokenHint: Token<'id_token'>,
): Promise<URL | undefined> {
  const endpoint = (await metadata().catch(() => undefined))?.end_session_endpoint;
  if (endpoint === undefined || !URL.canParse(endpoint)) return undefined;
  const url = new URL(endpoint);
  if (url.protocol !== 'https:' && url.protocol !== configuration.issuer.protocol) return undefined;
  url.searchParams.set('id_token_hint', idTokenHint.reveal());
  url.searchParams.set('client_id', configuration.clientId);
  url.searchParams.set('post_logout_redirect_uri', configuration.postLogoutRedirectUri);
  return url;
}
