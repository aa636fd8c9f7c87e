import * as oauth from 'oauth4webapi';
import type { TokenSet } from '../session/token-set.ts';
import type { OAuthContext } from './authorization-server.ts';

/** Sign-out does not wait longer than this for a server that does not answer, in milliseconds. */
const PATIENCE_MS = 3000;

/**
 * Revokes the refresh token and every access token (RFC 7009). What fails is left to expire: the session is gone here in
 * any case.
 */
export async function revokeTokens(
  { client, metadata, requestOptions }: OAuthContext,
  tokens: TokenSet,
): Promise<void> {
  const authorizationServer = await metadata().catch(() => undefined);
  if (authorizationServer?.revocation_endpoint === undefined) return;
  const options = { ...requestOptions, signal: () => AbortSignal.timeout(PATIENCE_MS) };
  const accessTokens = Object.values(tokens.accessTokens).map(({ accessToken }) => accessToken);
  await Promise.allSettled(
    [tokens.refreshToken, ...accessTokens].map(async (token) => {
      if (!token) return;
      const additionalParameters = { token_type_hint: token.kind };
      await oauth.revocationRequest(authorizationServer, client, oauth.None(), token.reveal(), {
        ...options,
        additionalParameters,
      });
    }),
  );
}
