import * as oauth from 'oauth4webapi';
import type { RevocableTokens } from '../session/open-revocation.ts';
import type { Token } from '../vault/token.ts';
import type { OAuthContext } from './context.ts';

/** Sign-out does not wait longer than this for a server that does not answer, in milliseconds. */
const TIMEOUT_MS = 3000;

/**
 * Revokes the refresh token, then every access token (RFC 7009). A server that revokes the refresh token may revoke the access tokens of the
 * grant too (section 2.1), and some servers fail if they must do both at once.
 *
 * @returns whether nothing is left to do: the server has answered for each of them, or it has no revocation endpoint
 */
export async function revokeTokens(
  { client, metadata, endpointOptions }: OAuthContext,
  { refreshToken, accessTokens }: RevocableTokens,
): Promise<boolean> {
  const authorizationServer = await metadata().catch(() => undefined);
  if (!authorizationServer) return false;
  if (authorizationServer.revocation_endpoint === undefined) return true;
  const options = { ...endpointOptions('revocation'), signal: () => AbortSignal.timeout(TIMEOUT_MS) };
  const revoke = (token: Token<'refresh_token' | 'access_token'>): Promise<Response | undefined> =>
    oauth
      .revocationRequest(authorizationServer, client, oauth.None(), token.reveal(), {
        ...options,
        additionalParameters: { token_type_hint: token.kind },
      })
      .catch(() => undefined);
  const answers = refreshToken ? [await revoke(refreshToken)] : [];
  // The user does not wait again for a server that cannot be reached: all of it is tried later.
  if (answers.includes(undefined)) return false;
  answers.push(...(await Promise.all(Object.values(accessTokens).map(({ accessToken }) => revoke(accessToken)))));
  return answers.every((answer) => answer !== undefined && hasDecided(answer));
}

/**
 * Returns whether the server has decided: a 503 means that the token is still there (RFC 7009, section 2.2.1), and a redirect, which is
 * not followed and has no status, comes from another server. The body of a decision says nothing (section 2.2).
 */
function hasDecided({ status }: Response): boolean {
  return status >= 200 && status < 500 && ![408, 425, 429].includes(status);
}
