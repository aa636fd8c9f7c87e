import type { Token } from '../vault/token.ts';
import type { OAuthContext } from './context.ts';
import { browserEndpoint, setParameters } from './endpoint.ts';

/** Largest length of the URL, in characters: many servers take a request line of 8 KiB, and show an error in place of the sign-out. */
const MAX_CHARACTERS = 8000;

/**
 * Returns the URL that ends the session at the authorization server (OpenID Connect RP-Initiated Logout 1.0, section 2). An ID token that is
 * too long for a URL is left out, where it is recommended only: the server may then ask the user.
 *
 * @param idTokenHint the session's ID token, if there is one
 * @returns `undefined` without an ID token, or if the server offers none or does not answer
 */
export async function endSessionUrl(
  { configuration, metadata }: OAuthContext,
  idTokenHint: Token<'id_token'> | undefined,
): Promise<URL | undefined> {
  if (!idTokenHint) return undefined;
  const authorizationServer = await metadata().catch(() => undefined);
  const url = browserEndpoint(authorizationServer?.end_session_endpoint, configuration.issuer);
  if (!url) return undefined;
  setParameters(url, {
    id_token_hint: idTokenHint.reveal(),
    client_id: configuration.clientId,
    post_logout_redirect_uri: configuration.postLogoutRedirectUri,
  });
  if (url.href.length > MAX_CHARACTERS) url.searchParams.delete('id_token_hint');
  return url;
}
