import { createDocument, DOCUMENT_STYLE, type DocumentText } from './document.ts';
import { createInertResponse } from './inert-response.ts';

/**
 * The document at the redirect URI, for when no worker took the navigation. Nothing of the request is in it, and no script
 * runs in it or reads it: the code in its address may be that of a flow which somebody else's script started.
 *
 * @param homePath where its link to the start page leads
 */
export function createCallbackDocument(homePath: string): Promise<Response> {
  return respond(200, CALLBACK, homePath);
}

/**
 * The document at a sign-in or sign-out address, for when no worker took the navigation.
 *
 * @param homePath where its link to the start page leads
 */
export function createEndpointDocument(homePath: string): Promise<Response> {
  return respond(404, ENDPOINT, homePath);
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
    'Trying again is safe. If it brings you back to this page, sign in anew from the start page.',
  ],
  links: ['again', 'home'],
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

async function respond(status: number, text: DocumentText, homePath: string): Promise<Response> {
  return createInertResponse({
    status,
    contentType: 'text/html; charset=utf-8',
    body: createDocument(text, homePath),
    styleSource: await hashSource(DOCUMENT_STYLE),
  });
}

/** The source expression for an inline style. */
async function hashSource(style: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
}
