import { isTokenwardError, TokenwardError } from '../src/protocol/error.ts';
import type { Session } from '../src/protocol/session.ts';
import type { Access, AccessSource } from './fetch/access.ts';
import { sendAuthenticated } from './fetch/handler.ts';
import type { ProtectedResource } from '../src/configuration/protected-resource.ts';
import { findProtectedResource } from './fetch/protected-resource.ts';
import type { RecentMarks } from './fetch/reflection.ts';
import type { TokenSession } from './session/token-session.ts';
import type { TargetToken } from './session/token-refresh.ts';
import { createMark } from './vault/mark.ts';
import type { Vault } from './vault/vault.ts';

/** What `startTokenward()` gives the worker's own code. There is no token in it either. */
export interface Tokenward {
  /** The session as a page sees it. */
  readonly session: () => Promise<Session>;
  /**
   * Hears of every change of the session.
   *
   * @returns ends it
   */
  readonly subscribe: (listener: (session: Session) => void) => () => void;
  /**
   * Gets a token again, if the network has kept the worker from it the last time. After a failure it waits a while by itself: call
   * this when the browser says that there is a network again.
   */
  readonly recover: () => Promise<void>;
  /** Whether a request goes to a protected resource, by the rules of the configuration. */
  readonly covers: (request: Request) => boolean;
  /**
   * Sends a request of the worker's own code as it would go out if a page had sent it: with the token, if it goes to a
   * protected resource, by the same rules. The browser asks no worker about requests that a worker sends.
   *
   * @throws {@link TokenwardError} `other_user`, or what kept the worker from getting a token; nothing was sent then
   * @throws TypeError if the network fails, as `fetch()` does
   */
  readonly fetch: (request: string | URL | Request, options?: WorkerFetchOptions) => Promise<Response>;
  /**
   * Marks a text that stands where page script can write too, so that the worker knows it again: with HMAC-SHA-256 (RFC 2104),
   * under a key that only the worker has where the vault is sealed. The key outlives the session, and passes to the next version of
   * the worker.
   *
   * @param purpose what the mark is for: the same text has another mark for another purpose
   * @param text what is marked
   * @returns the same for the same text
   */
  readonly mark: (purpose: string, text: string) => Promise<string>;
}

/** How the worker's own code sends a request. */
export interface WorkerFetchOptions {
  /** Whose request it is: the `sub` of the session that it was made in. It is not sent for anybody else. */
  readonly user?: string | undefined;
}

/** What is behind it. */
export interface TokenwardParts<A extends Access> {
  readonly session: Pick<TokenSession, 'view' | 'fresh' | 'recover'>;
  readonly protectedResources: readonly ProtectedResource[];
  readonly vault: Vault;
  readonly source: AccessSource<A>;
  readonly accessBy: (token: TargetToken | undefined) => A | undefined;
  /** The network. */
  readonly send: typeof fetch;
  /** Notes that the worker's own code deals with a request by Tokenward. */
  readonly authorize: (request: Request) => void;
  /** Hears of an answer that held the access token, and was kept back. */
  readonly tellReflection: (url: string) => void;
  /** The access tokens that requests of this worker have carried lately. */
  readonly recentMarks: RecentMarks;
}

/**
 * @param parts gives the session, the rules and the network
 * @param subscribe who hears of the session
 */
export function createTokenward<A extends Access>(
  parts: () => TokenwardParts<A>,
  subscribe: Tokenward['subscribe'],
): Tokenward {
  const find = (request: Request): ProtectedResource | undefined =>
    findProtectedResource(parts().protectedResources, request, new URL(request.url));

  const sendAs = async (request: Request, resource: ProtectedResource, user: string | undefined): Promise<Response> => {
    const { session, source, accessBy, authorize, ...rest } = parts();
    authorize(request);
    let failure: TokenwardError | undefined;
    const fresh = async (target: string): Promise<A | undefined> => {
      try {
        const token = await session.fresh(target);
        if (user !== undefined && token?.tokens.claims.sub !== user) throw otherUser();
        return accessBy(token);
      } catch (error) {
        if (isTokenwardError(error)) failure = error;
        throw error;
      }
    };
    const response = await sendAuthenticated(request, resource, {
      ...rest,
      source: { ...source, fresh },
      tell: () => {},
    });
    // A page gets an answer in the resource's stead; code in the worker has to know that there was none.
    if (failure) throw failure;
    if (response.type === 'error') throw new TypeError('The request failed.');
    return response;
  };

  return {
    session: () => parts().session.view(),
    subscribe,
    recover: () => parts().session.recover(),
    covers: (request) => {
      const { authorize } = parts();
      authorize(request);
      return find(request) !== undefined;
    },
    fetch: async (input, { user } = {}) => {
      const request = input instanceof Request ? input : new Request(input);
      const resource = find(request);
      return resource ? sendAs(request, resource, user) : parts().send(request);
    },
    mark: createMark(() => parts().vault),
  };
}

function otherUser(): TokenwardError {
  return new TokenwardError('other_user', 'The user of this request is not signed in now. Send it when they are.');
}
