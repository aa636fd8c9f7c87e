import { createDocument, DOCUMENT_STYLE, type DocumentLinks, type DocumentText } from './document.ts';
import { createInertResponse } from './inert-response.ts';

/**
 * Responds to a navigation to the redirect URI that no worker took. The document contains nothing of the request and runs no
 * script. It has an address of its own, since the code in the requested address may belong to a flow that another party's
 * script started: Firefox reveals the addresses in the history of a tab to every page of the origin, including those of
 * sandboxed documents.
 *
 * @param url the requested URL
 * @see https://html.spec.whatwg.org/multipage/nav-history-apis.html#dom-navigationhistoryentry-url
 */
export function answerCallback(url: URL, links: DocumentLinks): Promise<Response> {
  if (url.search === CLEAN_QUERY) return respond(200, createDocument(CALLBACK, links));
  // A redirect without a fragment would inherit one that holds a code: https://fetch.spec.whatwg.org/#concept-response-location-url
  return respond(303, '', { location: `${url.pathname}${CLEAN_QUERY}#_` });
}

/**
 * Discards an authorization response that was posted to the callback path and that no worker took. The response is the same for
 * every body, and the body is not read. A fixed 303 turns the request into GET; 307 or 308 would post the code again.
 *
 * @param callbackPath the path that the form was posted to
 * @see RFC 9110, section 15.4.4
 */
export function discardResponse(callbackPath: string): Promise<Response> {
  return respond(303, '', { location: `${callbackPath}${CLEAN_QUERY}#_` });
}

/** Query of the callback document's address. */
export const CLEAN_QUERY = '?_';

/** Creates the document at a sign-in or sign-out address, for a navigation that no worker took. */
export function createEndpointDocument(links: DocumentLinks): Promise<Response> {
  return respond(404, createDocument(ENDPOINT, links));
}

/** Creates the response to a request for the session that no worker took (RFC 9457). */
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

/** Returns the source expression for an inline style. */
async function hashSource(style: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
}
