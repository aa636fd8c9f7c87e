import * as oauth from 'oauth4webapi';
import type { TargetToken } from '../session/token-refresh.ts';
import type { OAuthContext } from './context.ts';
import { dpopHandle, noteNonce } from './dpop.ts';

/** Header fields by their names. */
type HeaderFields = Readonly<Record<string, string>>;

/** Access token for requests to protected resources. */
export interface TokenAccess {
  readonly token: TargetToken;
  /**
   * Returns the header fields of one request. A DPoP proof is valid for one use with its method and URL (RFC 9449, section
   * 4.2).
   */
  readonly authorize: (request: Request) => HeaderFields | Promise<HeaderFields>;
  /** Stores the DPoP nonce of a response; returns whether there was one. */
  readonly observe: (request: Request, response: Response) => boolean;
}

/**
 * Creates access with an access token: `DPoP` with a proof if it is bound to the session's key, otherwise `Bearer`. A bound
 * token is never sent as Bearer (RFC 9449, section 7.2).
 */
export function accessBy(context: OAuthContext, token: TargetToken): TokenAccess {
  const { accessToken, isBound } = token.issued;
  const { dpopKey } = token.tokens;
  const prove: TokenAccess['authorize'] = async ({ method, url }) => {
    let fields: HeaderFields = {};
    // The library makes the header fields and passes them to this function instead of the network.
    await oauth.protectedResourceRequest(accessToken.reveal(), method, new URL(url), undefined, undefined, {
      ...(dpopKey && { DPoP: await dpopHandle(context, dpopKey) }),
      // The configuration allows http for loopback only.
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
    observe: ({ url }, response) => isBound && noteNonce(context, url, response),
  };
}
