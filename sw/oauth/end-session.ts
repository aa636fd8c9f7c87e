import type { Configuration } from '../../src/configuration/parse-configuration.ts';
import type { Token } from '../vault/token.ts';
import type { OAuthContext } from './context.ts';
import { browserEndpoint, setParameters } from './endpoint.ts';

/** Largest length of the URL, in characters: many servers take a request line of 8 KiB, and show an error in place of the sign-out. */
const MAX_CHARACTERS = 8000;

/**
 * Returns the URL that ends the session at the authorization server (OpenID Connect RP-Initiated Logout 1.0, section 2), or the one that the
 * configuration names. An ID token that is too long for a URL is left out, where it is recommended only: the server may then ask the user.
 * `decisions/end-session-by-get.md` says why no form posts it.
 *
 * @param idTokenHint the session's ID token, if there is one
 * @returns `undefined` without an ID token, if only the session of the app ends, or if the server does not answer
 */
export async function endSessionUrl(
  context: OAuthContext,
  idTokenHint: Token<'id_token'> | undefined,
): Promise<URL | undefined> {
  if (!idTokenHint) return undefined;
  const { clientId, postLogoutRedirectUri, endSession } = context.configuration;
  const url = await endSessionEndpoint(context).catch(() => undefined);
  if (!url) return undefined;
  if (typeof endSession === 'object') {
    setParameters(url, endSession.parameters);
    return url;
  }
  setParameters(url, {
    id_token_hint: idTokenHint.reveal(),
    client_id: clientId,
    post_logout_redirect_uri: postLogoutRedirectUri,
  });
  if (url.href.length > MAX_CHARACTERS) url.searchParams.delete('id_token_hint');
  return url;
}

/**
 * Whether a sign-out ends the session at the authorization server too, as far as configuration and metadata say.
 *
 * @throws {@link TokenwardError} `issuer_unreachable`, `issuer_invalid`
 */
export async function endsServerSession(context: OAuthContext): Promise<boolean> {
  return (await endSessionEndpoint(context)) !== undefined;
}

async function endSessionEndpoint({ configuration, metadata }: OAuthContext): Promise<URL | undefined> {
  const { endSession, issuer } = configuration;
  if (endSession === 'local') return undefined;
  if (endSession) return new URL(endSession.url);
  return browserEndpoint((await metadata()).end_session_endpoint, issuer);
}

/**
 * Returns the prompt of the sign-in after a sign-out that ended only the session of the app: without one, the server signs the same user in
 * again without a question.
 *
 * @returns `undefined` if the configuration asks for none, or the server has ended its session
 */
export async function promptAfterSignOut(context: OAuthContext): Promise<Configuration['promptAfterLocalSignOut']> {
  const { promptAfterLocalSignOut: prompt } = context.configuration;
  const isEnded = prompt !== undefined && (await endsServerSession(context).catch(() => false));
  return isEnded ? undefined : prompt;
}
