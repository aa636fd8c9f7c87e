import * as oauth from 'oauth4webapi';
import type { TargetToken } from '../session/token-refresh.ts';
import type { OAuthContext } from './context.ts';
import { dpopHandle, noteNonce } from './dpop.ts';

/** Header fields by their names. */
type HeaderFields = Readonly<Record<string, string>>;

/** What requests to a protected resource need to know of an access token. */
export interface TokenAccess {
  readonly token: TargetToken;
  /** The header fields of one request: a DPoP proof is for its method and URL, once (RFC 9449, section 4.2). */
  readonly authorize: (request: Request) => HeaderFields | Promise<HeaderFields>;
  /** Takes note of the nonce in an answer, and says whether there was one. */
  readonly heed: (request: Request, response: Response) => boolean;
}

/**
 * Access by an access token: `DPoP` with a proof if it is bound to the session's key, else `Bearer`. A bound token never goes
 * out as Bearer (RFC 9449, section 7.2).
 */
export function accessBy(context: OAuthContext, token: TargetToken): TokenAccess {
  const { accessToken, isBound } = token.issued;
  const { dpopKey } = token.tokens;
  const prove: TokenAccess['authorize'] = async ({ method, url }) => {
    let fields: HeaderFields = {};
    // The library makes the header fields and hands them to what it takes for the network.
    await oauth.protectedResourceRequest(accessToken.reveal(), method, new URL(url), undefined, undefined, {
      ...(dpopKey && { DPoP: await dpopHandle(context, dpopKey) }),
      // The configuration admits http for loopback only.
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: async (_url, { headers }) => {
        fields = headers;
        return new Response();
      },
    });
    return fields;
  };
  return {
    token,
    authorize: isBound ? prove : () => ({ authorization: `Bearer ${accessToken.reveal()}` }),
    heed: ({ url }, response) => isBound && noteNonce(context, url, response),
  };
}
