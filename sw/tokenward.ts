import { isTokenwardError, TokenwardError } from '../src/protocol/error.ts';
import type { Session } from '../src/protocol/session.ts';
import type { Access, AccessSource } from './fetch/access.ts';
import { sendAuthenticated } from './fetch/handler.ts';
import type { ProtectedResource } from '../src/configuration/protected-resource.ts';
import type { TokenTarget } from '../src/configuration/token-target.ts';
import { findProtectedResource } from './fetch/protected-resource.ts';
import type { RecentNeedles } from './fetch/reflection.ts';
import type { TokenSession } from './session/token-session.ts';
import type { TargetToken } from './session/token-refresh.ts';
import { createTagger } from './vault/tagger.ts';
import type { Vault } from './vault/vault.ts';

/** Object that `startTokenward()` returns to the worker's own code. It holds no token. */
export interface Tokenward {
  /** Returns the session as a page sees it. */
  readonly session: () => Promise<Session>;
  /**
   * Calls the listener after every change of the session.
   *
   * @returns a function that unsubscribes
   */
  readonly subscribe: (listener: (session: Session) => void) => () => void;
  /**
   * Tries again to get a token, if the network has failed before. After a failure the worker waits before its own next attempt:
   * call this when the browser reports a network again.
   */
  readonly recover: () => Promise<void>;
  /** Returns whether a request goes to a protected resource, by the rules of the configuration. */
  readonly covers: (request: Request) => boolean;
  /**
   * Sends a request of the worker's own code like a request of a page: with the token, if it goes to a protected resource, by
   * the same rules. The browser sends no fetch event for requests of a worker.
   *
   * @throws {@link TokenwardError} `other_user`, or the error that kept the worker from getting a token; nothing was sent then
   * @throws TypeError if the network fails, as `fetch()` does
   */
  readonly fetch: (request: string | URL | Request, options?: WorkerFetchOptions) => Promise<Response>;
  /**
   * Computes an authentication tag for a text that is stored where page script can write, so that the worker can recognize its
   * own texts: HMAC-SHA-256 (RFC 2104) under a key that only the worker has if the vault is sealed. The key outlives the
   * session, and the next version of the worker takes it over.
   *
   * @param purpose purpose of the tag: the same text has another tag for another purpose
   * @param text the text to authenticate
   * @returns the same tag for the same text
   */
  readonly mark: (purpose: string, text: string) => Promise<string>;
}

/** Options of a request by the worker's own code. */
export interface WorkerFetchOptions {
  /** User of the request: the `sub` of the session in which it was made. It is not sent for another user. */
  readonly user?: string | undefined;
}

/** Dependencies of `createTokenward()`. */
export interface TokenwardParts<A extends Access> {
  readonly session: Pick<TokenSession, 'view' | 'fresh' | 'recover'>;
  readonly protectedResources: readonly ProtectedResource[];
  readonly vault: Vault;
  readonly source: AccessSource<A>;
  readonly accessOf: (token: TargetToken | undefined) => A | undefined;
  /** Function that sends requests. */
  readonly send: typeof fetch;
  /** Records that the worker's own code handles a request through Tokenward. */
  readonly noteOwn: (request: Request) => void;
  /** Called when a response held the access token and was kept from the app. */
  readonly tellReflection: (url: string) => void;
  /** Access tokens that requests of this worker have carried recently. */
  readonly recentNeedles: RecentNeedles;
  /** The clock, in milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether the sender of a request is gone. */
  readonly isAbandoned: (request: Request) => Promise<boolean>;
}

/**
 * Creates the interface for the worker's own code.
 *
 * @param parts returns the dependencies, which exist once the worker runs
 * @param subscribe adds a listener for the session
 */
export function createTokenward<A extends Access>(
  parts: () => TokenwardParts<A>,
  subscribe: Tokenward['subscribe'],
): Tokenward {
  const find = (request: Request): ProtectedResource | undefined =>
    findProtectedResource(parts().protectedResources, request, new URL(request.url));

  const sendAs = async (request: Request, resource: ProtectedResource, user: string | undefined): Promise<Response> => {
    const { session, source, accessOf, noteOwn, ...rest } = parts();
    noteOwn(request);
    let failure: TokenwardError | undefined;
    const fresh = async (target: TokenTarget): Promise<A | undefined> => {
      try {
        const token = await session.fresh(target);
        if (user !== undefined && token?.tokens.claims.sub !== user) throw otherUser();
        return accessOf(token);
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
    // A page gets a response instead; code in the worker must know that there was none.
    if (failure) throw failure;
    if (response.type === 'error') throw new TypeError('The request failed.');
    return response;
  };

  return {
    session: () => parts().session.view(),
    subscribe,
    recover: () => parts().session.recover(),
    covers: (request) => {
      parts().noteOwn(request);
      return find(request) !== undefined;
    },
    fetch: async (input, { user } = {}) => {
      const request = input instanceof Request ? input : new Request(input);
      const resource = find(request);
      return resource ? sendAs(request, resource, user) : parts().send(request);
    },
    mark: createTagger(() => parts().vault),
  };
}

function otherUser(): TokenwardError {
  return new TokenwardError('other_user', 'The user of this request is not signed in now. Send it when they are.');
}
