import * as oauth from 'oauth4webapi';
import type { Claims } from '../../src/protocol/session.ts';
import type { OAuthContext } from './context.ts';
import { browserEndpoint } from './endpoint.ts';
import { withoutDeepMembers } from './depth.ts';
import { userInfoError } from './failure.ts';
import { tolerateUserInfo, withoutEmptyClaims } from './harmless-deviations.ts';
import { FailedCheck } from './mismatch.ts';
import { requestMappedClaims } from './plain-user.ts';

/**
 * Requests the user's claims (OpenID Connect Core 1.0, section 5.3). The claims must be those of the session's user. A signed
 * response must have a valid signature.
 *
 * @param sub the session's user
 * @param send sends a request with an access token
 * @throws {@link TokenwardError} `userinfo_unavailable`, `userinfo_invalid`, `issuer_unreachable`, `issuer_invalid`
 */
export async function requestUserInfo(
  context: OAuthContext,
  sub: string,
  send: (request: Request) => Promise<Response>,
): Promise<Claims> {
  const { configuration, client, metadata, requestOptions: options, signingKeys } = context;
  if (configuration.openid === false) {
    const claims = await requestMappedClaims(context, send);
    if (claims.sub !== sub) throw userInfoError(new FailedCheck('the response is about another user'));
    return claims;
  }
  const server = await metadata();
  try {
    const endpoint = browserEndpoint(server.userinfo_endpoint, configuration.issuer);
    if (!endpoint) throw new FailedCheck('"userinfo_endpoint" is missing from the metadata');
    const answer = await send(
      new Request(endpoint, {
        headers: { accept: 'application/json, application/jwt' },
        cache: 'no-store',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        signal: options.signal(endpoint.href),
      }),
    );
    const response = tolerateUserInfo(answer);
    const jwt = /jwt/.test(response.headers.get('content-type') ?? '') && (await response.clone().text());
    const claims = await oauth.processUserInfoResponse(server, client, sub, response);
    if (jwt !== false) {
      await signingKeys.verify({ jwt, server, options }, (one, withKey) =>
        oauth.validateApplicationLevelSignature(one, response, withKey),
      );
    }
    return withoutDeepMembers(withoutEmptyClaims(claims));
  } catch (error) {
    throw userInfoError(error);
  }
}
