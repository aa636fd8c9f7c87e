import type { Configuration } from '../config/parse-configuration.ts';
import type { Answer, FindAnswer } from '../fetch/routes.ts';
import { parseAuthorizationRequest } from '../oauth/parse-authorization-request.ts';
import type { TokenSession } from '../session/token-session.ts';
import type { AuthorizationFlow } from './authorization-flow.ts';
import { isAuthorizationResponse } from './authorization-flow.ts';
import { parseReturnTo, redirectTo } from './return-to.ts';

/** What the endpoints lead to. */
export interface EndpointParts {
  readonly configuration: Configuration;
  readonly origin: string;
  readonly session: TokenSession;
  readonly flow: AuthorizationFlow;
  /** Where the browser goes to end the session at the authorization server; `undefined` if nowhere. */
  readonly endSession: () => Promise<URL | undefined>;
}

/**
 * The worker's own endpoints: sign-in, the redirect URI, sign-out, session.
 *
 * @returns what finds the answer to a request, if it goes to one of them
 */
export function endpointFinder(parts: EndpointParts): FindAnswer {
  const { configuration, origin, session, flow } = parts;
  const { login, callback, logout, session: sessionPath } = configuration.endpoints;

  const answerLogin = async (url: URL): Promise<Response> => {
    const returnTo = parseReturnTo(url.searchParams.get('returnTo'), origin, '/');
    try {
      return Response.redirect(await flow.request(parseAuthorizationRequest(configuration, url.searchParams, returnTo)), 303);
    } catch (error) {
      await session.fail(error);
      return redirectTo(returnTo, origin);
    }
  };

  const answerCallback = async (url: URL): Promise<Response> => redirectTo(await flow.respond(url), origin);

  const answerLogout = async (): Promise<Response> =>
    redirectTo((await parts.endSession()) ?? configuration.postLogoutRedirectUri, origin);

  const answerSession = async (): Promise<Response> =>
    Response.json(await session.view(), { headers: { 'cache-control': 'no-store' } });

  return ({ url, request }): Answer | undefined => {
    if (url.origin !== origin) return undefined;
    const { pathname } = url;
    if (pathname === sessionPath && request.method === 'GET') return answerSession;
    if (request.mode !== 'navigate') return undefined;
    // Also in frames, and whoever has asked for it: no code of any flow gets past the worker.
    if (pathname === callback && (callback !== new URL(configuration.registrationScope).pathname || isAuthorizationResponse(url))) {
      return () => answerCallback(url);
    }
    if (request.method !== 'GET' || (pathname !== login && pathname !== logout)) return undefined;
    // In a frame, the authorization server's answers would be for the page around it to watch.
    if (request.destination !== 'document') return async () => Response.error();
    return pathname === login ? () => answerLogin(url) : answerLogout;
  };
}
