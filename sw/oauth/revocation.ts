import * as oauth from 'oauth4webapi';
import type { RevocableTokens } from '../session/open-revocation.ts';
import type { OAuthContext } from './context.ts';

/** Sign-out does not wait longer than this for a server that does not answer, in milliseconds. */
const TIMEOUT_MS = 3000;

/**
 * Revokes the refresh token and every access token (RFC 7009).
 *
 * @returns whether nothing is left to do: the server has answered for each of them, or it has no revocation endpoint
 */
export async function revokeTokens(
  { client, metadata, endpointOptions }: OAuthContext,
  tokens: RevocableTokens,
): Promise<boolean> {
  const authorizationServer = await metadata().catch(() => undefined);
  if (!authorizationServer) return false;
  if (authorizationServer.revocation_endpoint === undefined) return true;
  const options = { ...endpointOptions('revocation'), signal: () => AbortSignal.timeout(TIMEOUT_MS) };
  const accessTokens = Object.values(tokens.accessTokens).map(({ accessToken }) => accessToken);
  const isAnswered = await Promise.all(
    [tokens.refreshToken, ...accessTokens].map(async (token) => {
      if (!token) return true;
      const additionalParameters = { token_type_hint: token.kind };
      return oauth
        .revocationRequest(authorizationServer, client, oauth.None(), token.reveal(), {
          ...options,
          additionalParameters,
        })
        .then(hasDecided, () => false);
    }),
  );
  return isAnswered.every(Boolean);
}

/**
 * Returns whether the server has decided: a 503 means that the token is still there (RFC 7009, section 2.2.1), and a redirect, which is
 * not followed and has no status, comes from another server. The body of a decision says nothing (section 2.2).
 */
function hasDecided({ status }: Response): boolean {
  return status >= 200 && status < 500 && ![408, 425, 429].includes(status);
}
