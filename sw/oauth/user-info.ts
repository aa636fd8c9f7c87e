import * as oauth from 'oauth4webapi';
import type { Claims } from '../../src/protocol/session.ts';
import type { OAuthContext } from './context.ts';
import { browserEndpoint } from './endpoint.ts';
import { FailedCheck, userInfoError } from './failure.ts';
import { tolerateUserInfo, withoutEmptyClaims } from './harmless-deviations.ts';

/**
 * Requests the user's claims (OpenID Connect Core 1.0, section 5.3). The claims must be those of the session's user. A signed
 * response must have a valid signature.
 *
 * @param sub the session's user
 * @param send sends a request with an access token
 * @throws {@link TokenwardError} `userinfo_unavailable`, `userinfo_invalid`, `issuer_unreachable`, `issuer_invalid`
 */
export async function requestUserInfo(
  { configuration, client, metadata, requestOptions }: OAuthContext,
  sub: string,
  send: (request: Request) => Promise<Response>,
): Promise<Claims> {
  const authorizationServer = await metadata();
  try {
    const endpoint = browserEndpoint(authorizationServer.userinfo_endpoint, configuration.issuer);
    if (!endpoint) throw new FailedCheck('"userinfo_endpoint" is missing from the metadata');
    const answer = await send(
      new Request(endpoint, {
        headers: { accept: 'application/json, application/jwt' },
        cache: 'no-store',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        signal: requestOptions.signal(endpoint.href),
      }),
    );
    const response = tolerateUserInfo(answer);
    const claims = await oauth.processUserInfoResponse(authorizationServer, client, sub, response);
    if (/jwt/.test(response.headers.get('content-type') ?? '')) {
      await oauth.validateApplicationLevelSignature(authorizationServer, response, requestOptions);
    }
    return withoutEmptyClaims(claims);
  } catch (error) {
    throw userInfoError(error);
  }
}
