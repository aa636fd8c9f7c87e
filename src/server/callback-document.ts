import { createCallbackScript, WAIT_TEXT } from './callback-script.ts';
import { encodeSeparators, formatPolicy } from './content-security-policy.ts';
import { parseOrigin } from './location.ts';

/** Location of an isolated callback, and of the app that it is built for. */
export interface CallbackDocumentOptions {
  /**
   * The redirect URI: a URL on an origin that serves nothing else, such as `https://signin.app.example/`, or another port of
   * localhost.
   */
  readonly redirectUri: string;
  /** The app's callback URL, such as `https://app.example/auth/callback`: the only address that the document posts to. */
  readonly appCallback: string;
}

/** The document of an isolated callback, for a server of your own or a static host. */
export interface CallbackDocument {
  /** Path of the redirect URI; no other path of the origin has a document. */
  readonly path: string;
  /** The document, as HTML. */
  readonly body: string;
  /** The headers that *every* answer of the origin must carry, errors included. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Creates the document of an isolated callback. It takes the authorization response from its URL and posts it to the app's
 * callback, where the worker reads the form. No URL of the app's origin ever holds a code then, and the same-origin policy
 * keeps the app's pages from this one.
 *
 * @param options the redirect URI, and the one app callback that the document is built for
 * @throws TypeError if a URL is not https (or http on localhost), has a query or fragment, or if both have the same origin
 * @example
 * const { path, body, headers } = await createCallbackDocument({
 *   redirectUri: 'https://signin.app.example/',
 *   appCallback: 'https://app.example/auth/callback',
 * });
 */
export async function createCallbackDocument(options: CallbackDocumentOptions): Promise<CallbackDocument> {
  const { redirectUri, appCallback } = parseCallbackOptions(options);
  const script = createCallbackScript(WAIT_TEXT);
  const action = appCallback.href.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return {
    path: redirectUri.pathname,
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sign-in</title>
<p>There is no sign-in to complete here. Go back to the app, and sign in there.</p>
<form method="post" action="${action}"></form>
<script>${script}</script>
</html>
`,
    headers: createCallbackHeaders(appCallback, await hashSource(script)),
  };
}

/**
 * Checks the location of an isolated callback.
 *
 * @throws TypeError as {@link createCallbackDocument} says
 */
export function parseCallbackOptions(options: CallbackDocumentOptions): {
  readonly redirectUri: URL;
  readonly appCallback: URL;
} {
  const redirectUri = parseCallbackUrl(options.redirectUri, 'redirectUri');
  const appCallback = parseCallbackUrl(options.appCallback, 'appCallback');
  if (redirectUri.origin === appCallback.origin) {
    throw new TypeError(
      `redirectUri and appCallback are both on ${appCallback.origin}. An isolated callback needs an origin of its own, such ` +
        'as another host name, or another port on localhost.',
    );
  }
  return { redirectUri, appCallback };
}

function parseCallbackUrl(value: string, name: string): URL {
  const url = new URL(value, parseOrigin(value, name));
  if (/[?#]/.test(value)) throw new TypeError(`${name} must be without query and fragment; it is "${value}".`);
  return url;
}

/** Creates the headers of every answer of the callback's origin. There is no `Access-Control-Allow-Origin` among them. */
function createCallbackHeaders(appCallback: URL, scriptSource: string): Readonly<Record<string, string>> {
  return {
    'content-security-policy': formatPolicy({
      'default-src': ["'none'"],
      'script-src': [scriptSource],
      'form-action': [encodeSeparators(appCallback.href)],
      'base-uri': ["'none'"],
      'frame-ancestors': ["'none'"],
    }),
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'origin-agent-cluster': '?1',
  };
}

/** Computes the source expression for an inline script. */
async function hashSource(script: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(script));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
}
