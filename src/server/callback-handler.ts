import { type CallbackDocumentOptions, createCallbackDocument, parseCallbackOptions } from './callback-document.ts';

/** Answers every request of the isolated callback's origin. */
export type CallbackHandler = (request: Request) => Promise<Response>;

/**
 * Creates the handler of an isolated callback's origin. It serves the one document at the path of the redirect URI, and
 * answers everything else with 404 or 405. Every answer has the headers of the document, and none redirects.
 *
 * @param options the redirect URI, and the one app callback that the document is built for
 * @throws TypeError if a URL is not https (or http on localhost), has a query or fragment, or if both have the same origin
 * @example
 * import { createServer } from 'node:http';
 *
 * // A second origin on localhost, for development.
 * const handler = createCallbackHandler({
 *   redirectUri: 'http://localhost:5174/',
 *   appCallback: 'http://localhost:5173/auth/callback',
 * });
 * createServer(toNodeListener(handler)).listen(5174, 'localhost');
 */
export function createCallbackHandler(options: CallbackDocumentOptions): CallbackHandler {
  parseCallbackOptions(options);
  const created = createCallbackDocument(options);
  return async ({ method, url }) => {
    const { path, body, headers } = await created;
    const explain = (status: number, text: string, more: Readonly<Record<string, string>> = {}): Response =>
      new Response(method === 'HEAD' ? null : text, {
        status,
        headers: { ...headers, ...more, 'content-type': 'text/plain; charset=utf-8' },
      });
    if (method !== 'GET' && method !== 'HEAD')
      return explain(405, 'Only GET and HEAD are answered.\n', { allow: 'GET, HEAD' });
    if (new URL(url).pathname !== path) return explain(404, 'Not found.\n');
    return new Response(method === 'HEAD' ? null : body, {
      headers: { ...headers, 'content-type': 'text/html; charset=utf-8' },
    });
  };
}
