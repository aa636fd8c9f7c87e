import { isTokenwardError, TokenwardError } from '../../src/protocol/error.ts';
import type { AuthorizationRequest, PreparedAuthorization } from '../oauth/authorization-request.ts';
import type { PendingAuthorization, PendingAuthorizations } from '../oauth/pending-authorization.ts';
import type { TokenSession } from '../session/token-session.ts';
import type { TokenSet } from '../session/token-set.ts';

/** What the flow is made of. */
export interface AuthorizationFlowParts {
  readonly session: TokenSession;
  readonly pendings: PendingAuthorizations;
  readonly prepare: (request: AuthorizationRequest) => Promise<PreparedAuthorization>;
  readonly exchange: (parameters: URLSearchParams, pending: PendingAuthorization) => Promise<TokenSet>;
  /** The path that begins a sign-in without any page of the authorization server. */
  readonly silentLogin: (returnTo: string, scopes: readonly string[]) => string;
}

/** The two halves of a sign-in: the request, and its response. */
export class AuthorizationFlow {
  readonly #parts: AuthorizationFlowParts;
  /** States whose codes are being exchanged at this moment. */
  readonly #exchanging = new Set<string>();

  constructor(parts: AuthorizationFlowParts) {
    this.#parts = parts;
  }

  /** The authorization request as a URL, after it was written down. */
  async request(request: AuthorizationRequest): Promise<URL> {
    const { url, pending } = await this.#parts.prepare(request);
    await this.#parts.pendings.add(pending);
    return url;
  }

  /**
   * Takes an authorization response. It never throws: what goes wrong is noted in the session.
   *
   * @param url the redirect URI with the response in its query or fragment
   * @returns the path of this origin where the browser goes next
   */
  async respond(url: URL): Promise<string> {
    const parameters = responseParameters(url);
    const state = parameters.get('state') ?? '';
    if (this.#exchanging.has(state)) return '/';
    this.#exchanging.add(state);
    try {
      return await this.#exchange(parameters, state);
    } catch (error) {
      await this.#parts.session.fail(error);
      return '/';
    } finally {
      this.#exchanging.delete(state);
    }
  }

  async #exchange(parameters: URLSearchParams, state: string): Promise<string> {
    const { session, pendings, exchange, silentLogin } = this.#parts;
    const pending = await pendings.attempt(state);
    if (!pending) throw foreignResponse();
    try {
      await session.start(await exchange(parameters, pending));
    } catch (error) {
      await pendings.remove(state);
      if (pending.attempted && isTokenwardError(error) && error.code === 'token_request_refused') {
        // The worker was stopped after the code was used and before its tokens were written down: ask once more, silently.
        return silentLogin(pending.returnTo, pending.scopes);
      }
      await session.fail(error);
      return pending.returnTo;
    }
    await pendings.remove(state);
    return pending.returnTo;
  }
}

/** The parameters of a response, from the query or, with `response_mode=fragment`, from the fragment. */
export function responseParameters(url: URL): URLSearchParams {
  return url.searchParams.has('state') ? url.searchParams : new URLSearchParams(url.hash.slice(1));
}

/** Whether a URL is the redirect URI with an authorization response in it. */
export function isAuthorizationResponse(url: URL): boolean {
  const parameters = responseParameters(url);
  return parameters.has('code') || parameters.has('error') || parameters.has('response') || parameters.has('access_token');
}

function foreignResponse(): TokenwardError {
  return new TokenwardError(
    'authorization_response_invalid',
    'An authorization response arrived that this app has not asked for, or that was used already. Sign in again.',
  );
}
