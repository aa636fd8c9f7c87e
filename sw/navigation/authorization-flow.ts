import { isTokenwardError, TokenwardError } from '../../src/protocol/error.ts';
import { stateOf } from '../oauth/authorization-response.ts';
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
  readonly silentLogin: (pending: PendingAuthorization) => string;
  /** Hears of a response to a request that this worker does not know. */
  readonly tellForeign: () => void;
}

/** The two halves of a sign-in: the request, and its response. */
export interface AuthorizationFlow {
  /** The authorization request as a URL, after it was written down. */
  readonly request: (request: AuthorizationRequest) => Promise<URL>;
  /**
   * Takes an authorization response. It never throws: what goes wrong is noted in the session.
   *
   * @param url the redirect URI with the response in its query or fragment
   * @returns the path of this origin where the browser goes next
   */
  readonly respond: (url: URL) => Promise<string>;
}

/** @param parts the session, and what talks to the authorization server */
export function createAuthorizationFlow(parts: AuthorizationFlowParts): AuthorizationFlow {
  const { session, pendings } = parts;
  /** States whose codes are being exchanged at this moment. */
  const exchanging = new Set<string>();
  return {
    request: async (request) => {
      const { url, pending } = await parts.prepare(request);
      await pendings.add(pending);
      return url;
    },
    respond: async (url) => {
      const parameters = responseParameters(url);
      const state = stateOf(parameters);
      if (exchanging.has(state)) return '/';
      exchanging.add(state);
      let pending: PendingAuthorization | undefined;
      let next = '/';
      try {
        pending = await pendings.attempt(state);
        next = pending?.returnTo ?? next;
        if (!pending) parts.tellForeign();
        if (parameters.has('access_token') || (parameters.has('id_token') && !parameters.has('code')))
          throw tokenInUrl();
        if (!pending) throw foreignResponse();
        await session.start(await parts.exchange(parameters, pending));
      } catch (error) {
        if (pending?.attempted && isTokenwardError(error) && error.code === 'token_request_refused') {
          // The worker was stopped after the code was used and before its tokens were written down: ask once more, silently.
          next = parts.silentLogin(pending);
        } else {
          await session.fail(error);
        }
      }
      if (pending) await pendings.remove(state);
      exchanging.delete(state);
      return next;
    },
  };
}

/** Whether a URL is the redirect URI with an authorization response in it. */
export function isAuthorizationResponse(url: URL): boolean {
  return isResponse(responseParameters(url));
}

/** The parameters of a response, from the query or, with `response_mode=fragment`, from the fragment. */
function responseParameters({ searchParams, hash }: URL): URLSearchParams {
  return searchParams.has('state') || isResponse(searchParams) ? searchParams : new URLSearchParams(hash.slice(1));
}

function isResponse(parameters: URLSearchParams): boolean {
  return ['code', 'error', 'response', 'access_token', 'id_token'].some((name) => parameters.has(name));
}

function tokenInUrl(): TokenwardError {
  return new TokenwardError(
    'authorization_response_invalid',
    'The response holds a token, not a code, in the URL, where it leaks (implicit flow; RFC 9700, section 2.1.2). ' +
      'Set "code" as response type at the server.',
  );
}

function foreignResponse(): TokenwardError {
  return new TokenwardError(
    'authorization_response_invalid',
    'The authorization response is not one that this app waits for. Sign in again.',
  );
}
