import { SESSION_POPUP, SESSION_SCOPE, SESSION_USER } from '../../src/protocol/default-names.ts';
import { isTokenwardError, TokenwardError } from '../../src/protocol/error.ts';
import type { Configuration } from '../../src/configuration/parse-configuration.ts';
import { PRIVATE } from '../fetch/private-answer.ts';
import type { RequestTraits } from '../fetch/protected-resource.ts';
import type { Answer } from '../fetch/routes.ts';
import { coversPath } from '../../src/configuration/path.ts';
import { type AllowedRequest, MEMORY, parseAuthorizationRequest, TAB } from '../oauth/parse-authorization-request.ts';
import type { ProvenClaims } from '../oauth/claims-proof.ts';
import { allowedMemory, renewalRequest } from '../oauth/renewal-request.ts';
import { isStartedElsewhere, parseStartedElsewhere } from '../oauth/started-elsewhere.ts';
import type { AuthorizationRequest } from '../oauth/authorization-request.ts';
import type { TokenSession } from '../session/token-session.ts';
import type { AuthorizationFlow } from './authorization-flow.ts';
import { hasResponseInUrl, responseInForm, responseInUrl } from './authorization-response.ts';
import { closeWindow, closingPath, isClosing } from './closing-document.ts';
import { askTab, landAt, relayFragment } from './fragment-relay.ts';
import { endRedirects } from './redirect-chain.ts';
import { type EmptyFragment, leaveCallback, parseReturnTo, redirectTo } from './return-to.ts';

/** Dependencies of the endpoints. */
export interface EndpointParts {
  readonly configuration: Configuration;
  readonly origin: string;
  /** Treatment of the empty fragment of a redirect by this browser. */
  readonly emptyFragment: EmptyFragment;
  readonly session: TokenSession;
  readonly flow: AuthorizationFlow;
  /** Returns the URL that ends the session at the authorization server; `undefined` if there is none. */
  readonly endSession: () => Promise<URL | undefined>;
  /** Returns the prompt of a sign-in after a sign-out; `undefined` if it needs none. */
  readonly promptAfterSignOut: () => Promise<string | undefined>;
  /** Verifies the claims in the query of a sign-in; `undefined` if they are none of a challenge. */
  readonly verifyClaims: (query: URLSearchParams) => Promise<ProvenClaims | undefined>;
  /** Writes a warning for the developer. */
  readonly warn: (message: string) => void;
}

/** Parameter that any site may choose for a sign-in that it starts: the server shows it to the user, and decides who signs in. */
const HINT_ALLOWED: Partial<AllowedRequest> = { parametersFromPage: ['login_hint'] };

/** Finds synchronously the handler of a request to an endpoint. */
export type FindEndpoint = (
  url: URL,
  request: Pick<RequestTraits, 'method' | 'mode' | 'destination' | 'headers'> & Partial<Pick<Request, 'blob'>>,
) => Answer | undefined;

/**
 * Creates the worker's own endpoints: sign-in, redirect URI, sign-out, session.
 *
 * @returns a function that finds the handler of a request, if it goes to an endpoint
 */
export function endpointFinder(parts: EndpointParts): FindEndpoint {
  const { configuration, origin, session, flow, endSession, warn } = parts;
  const { endpoints, registrationScope, postLogoutRedirectUri, responseMode, responseDelivery } = configuration;
  const app = { origin, base: configuration.base, warn };
  /** Proof that a sign-in comes from the document of this worker that asks for the name of the tab. */
  const tabProof = crypto.randomUUID();

  /** Begins a sign-in. */
  const begin = async (request: AuthorizationRequest, query: URLSearchParams): Promise<Response> => {
    const url = await flow.request({ ...request, tab: tabIn(query, tabProof) });
    return url ? Response.redirect(url, 303) : askTab(TAB, tabProof);
  };

  /** Parses a sign-in. A silent one, and one of a certain user, remembers the session that it is to bring back. */
  const parseSignIn = async (
    query: URLSearchParams,
    returnTo: string,
    further: Partial<AllowedRequest> = {},
  ): Promise<AuthorizationRequest> => {
    const view = await session.view();
    const isRenewal = query.get('prompt') === 'none' || query.has(SESSION_USER);
    const remembered = isRenewal ? allowedMemory(await session.remembered(), configuration) : undefined;
    const memory = isRenewal && query.get(MEMORY) !== 'none' ? 'sent' : 'none';
    const lost = memory === 'sent' ? (remembered?.scopes ?? query.get(SESSION_SCOPE)?.split(' ')) : undefined;
    const granted = view.status === 'signed-in' ? view.scopes : lost;
    const proven = await parts.verifyClaims(query);
    const parsed = parseAuthorizationRequest({ ...configuration, ...further }, query, { returnTo, granted, proven });
    const isSignedOut = view.status === 'signed-out' && view.reason === 'signed-out';
    const request = isSignedOut ? requirePrompt(parsed, await parts.promptAfterSignOut()) : parsed;
    return { ...renewalRequest(request, remembered, memory), popupId: popupIn(query) };
  };

  /** Begins a sign-in that another site has started. A target of another origin, or one that begins a sign-in again, is not opened. */
  const answerStartedElsewhere = async ({ searchParams }: URL): Promise<Response> => {
    try {
      const { query, target } = parseStartedElsewhere(searchParams, configuration);
      const parsed = parseReturnTo(target, app);
      const returnTo = coversPath(endpoints.login, new URL(parsed, origin).pathname) ? app.base : parsed;
      return await begin(await parseSignIn(query, returnTo, HINT_ALLOWED), searchParams);
    } catch (error) {
      await session.fail(error);
      return redirectTo(app.base, origin);
    }
  };

  const answerLogin = async (url: URL): Promise<Response> => {
    const { searchParams } = url;
    if (isStartedElsewhere(searchParams)) return answerStartedElsewhere(url);
    const popupId = popupIn(searchParams);
    const returnTo =
      popupId === undefined ? parseReturnTo(searchParams.get('returnTo'), app) : closingPath(endpoints.login);
    try {
      return await begin(await parseSignIn(searchParams, returnTo), searchParams);
    } catch (error) {
      await flow.fail(isTokenwardError(error) && error.code === 'request_invalid' ? linkRefused() : error, popupId);
      return redirectTo(returnTo, origin);
    }
  };

  return (url, request) => {
    if (url.origin !== origin) return undefined;
    const { pathname } = url;
    const { method, mode } = request;
    if (pathname === endpoints.session && method === 'GET') {
      return async () => Response.json(await session.view(), { headers: PRIVATE });
    }
    if (mode !== 'navigate') return undefined;
    // Also in frames, and for a flow of any page: no code of any flow passes the worker.
    const isForm = method === 'POST' && responseDelivery === 'form';
    const isResponse = isForm || hasResponseInUrl(url);
    if (pathname === endpoints.callback && (url.origin + pathname !== registrationScope || isResponse)) {
      const isOutOfSight =
        responseDelivery === 'url' && responseMode.startsWith('fragment') && !isResponse && !url.search;
      return async () => {
        if (isOutOfSight) return relayFragment();
        if (!isForm) return leaveCallback(await flow.processResponse(responseInUrl(url)), parts);
        const next = await flow.processResponse(await responseInForm(request));
        const isSignIn = next.startsWith(endpoints.login) && next !== closingPath(endpoints.login);
        return isSignIn ? endRedirects(next) : redirectTo(next, origin);
      };
    }
    const isLogin = pathname === endpoints.login;
    if (method !== 'GET' || !(isLogin || pathname === endpoints.logout)) return undefined;
    // In a frame, the surrounding page could watch the authorization server's responses. And the user did not ask for a
    // prefetch of a link: https://fetch.spec.whatwg.org/#sec-purpose-header
    if (request.destination !== 'document' || request.headers.has('sec-purpose')) return async () => Response.error();
    // The way back of a sign-in that the page has begun by itself, and recognizes by this address: see src/page/landing.ts.
    if (isLogin && url.searchParams.has('landed')) {
      const observe = responseDelivery === 'url' ? 'referrer' : 'nothing';
      return async () => landAt(parseReturnTo(url.searchParams.get('returnTo'), app), observe);
    }
    if (isLogin && isClosing(url.searchParams)) return async () => closeWindow((await session.view()).status);
    return async () => (isLogin ? answerLogin(url) : redirectTo((await endSession()) ?? postLogoutRedirectUri, origin));
  };
}

/**
 * Adds the prompt that a sign-in after a sign-out needs, unless it has one.
 *
 * @throws {@link TokenwardError} `authorization_refused`, as a server does that has ended its session, if the sign-in is silent
 */
function requirePrompt(request: AuthorizationRequest, prompt: string | undefined): AuthorizationRequest {
  const { parameters } = request;
  if (prompt === undefined) return request;
  if (parameters['prompt'] === 'none') {
    const message =
      'The user has signed out, and "promptAfterLocalSignOut" requires that the next sign-in asks them. Call login().';
    throw new TokenwardError('authorization_refused', message, { serverCode: 'login_required' });
  }
  // A link may choose a prompt that asks for less.
  return { ...request, parameters: { ...parameters, prompt: parameters['prompt'] === 'login' ? 'login' : prompt } };
}

/** Returns the name of the pop-up that a sign-in is in; `undefined` if it is in none, or the name is too long to be one. */
function popupIn(query: URLSearchParams): string | undefined {
  const name = query.get(SESSION_POPUP);
  return name !== null && /^[\w-]{1,64}$/.test(name) ? name : undefined;
}

/**
 * Returns the name of the tab that a sign-in is in; `undefined` if it has not been asked. Without a proof, any site may have made the name up:
 * all such sign-ins count as those of one tab.
 */
function tabIn(query: URLSearchParams, proof: string): string | undefined {
  const value = query.get(TAB);
  if (value === null) return undefined;
  const name = value.startsWith(`${proof}.`) ? value.slice(proof.length + 1) : '';
  return /^[\w-]{1,64}$/.test(name) ? name : '';
}

/** Anyone may have written a link: an app that shows the message must not show words of theirs. */
function linkRefused(): TokenwardError {
  return new TokenwardError(
    'request_invalid',
    'The link to the sign-in asks for what the configuration does not allow. Compare its query with "scopesFromPage" and "parametersFromPage".',
  );
}
