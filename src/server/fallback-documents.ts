import { createDocument, DOCUMENT_STYLE, type DocumentLinks, type DocumentText } from './document.ts';
import { createInertResponse } from './inert-response.ts';

/**
 * What stands at the redirect URI, for when no worker took the navigation: a document in which nothing of the request is, and
 * in which no script runs. It stands at an address of its own, since the code in the address that was asked for may be that of
 * a flow which somebody else's script started: Firefox tells every page of the origin the addresses in the history of its tab,
 * those of sandboxed documents too.
 *
 * @param url what was asked for
 * @see https://html.spec.whatwg.org/multipage/nav-history-apis.html#dom-navigationhistoryentry-url
 */
export function answerCallback(url: URL, links: DocumentLinks): Promise<Response> {
  if (url.search === CLEAN_QUERY) return respond(200, createDocument(CALLBACK, links));
  // A redirect without a fragment would inherit one that holds a code: https://fetch.spec.whatwg.org/#concept-response-location-url
  return respond(303, '', { location: `${url.pathname}${CLEAN_QUERY}#_` });
}

/**
 * Discards an authorization response that was posted to the callback path and that no worker took. The answer is the same for
 * every body, which is not read: a fixed 303 turns the request into GET, where 307 or 308 would post the code on.
 *
 * @param callbackPath the path that the form was posted to
 * @see RFC 9110, section 15.4.4
 */
export function discardResponse(callbackPath: string): Promise<Response> {
  return respond(303, '', { location: `${callbackPath}${CLEAN_QUERY}#_` });
}

/** The query of the address at which the callback document stands. */
export const CLEAN_QUERY = '?_';

/** The document at a sign-in or sign-out address, for when no worker took the navigation. */
export function createEndpointDocument(links: DocumentLinks): Promise<Response> {
  return respond(404, createDocument(ENDPOINT, links));
}

/** What a request for the session gets when no worker took it (RFC 9457). */
export function describeSessionEndpoint(): Response {
  const problem = {
    type: 'about:blank',
    title: 'No service worker answered',
    status: 404,
    detail: 'The session is in the service worker, which does not control this page yet. Call connect() first.',
  };
  return createInertResponse({
    status: 404,
    contentType: 'application/problem+json',
    body: `${JSON.stringify(problem)}\n`,
  });
}

const CALLBACK: DocumentText = {
  title: 'Sign-in could not be completed here',
  paragraphs: [
    'You are back from signing in, but the part of this site that finishes a sign-in did not run. That happens after a ' +
      'forced reload, in a private window, or when the data of this site was cleared in the meantime.',
    'Signing in again is safe. If it brings you back to this page, go on from the start page.',
  ],
  links: ['login', 'home'],
};

const ENDPOINT: DocumentText = {
  title: 'This page needs the app',
  paragraphs: [
    'Signing in and out happens inside the app, and the part of it that answers this address is not running in your ' +
      'browser yet.',
    'Open the start page, which sets it up, and go on from there.',
  ],
  links: ['home', 'again'],
};

async function respond(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return createInertResponse({
    status,
    contentType: 'text/html; charset=utf-8',
    body,
    styleSource: await hashSource(DOCUMENT_STYLE),
    headers,
  });
}

/** The source expression for an inline style. */
async function hashSource(style: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
}
