import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { posix } from 'node:path';
import type { HtmlTagDescriptor } from 'vite';
import { AUTO_FILE } from '../protocol/default-names.ts';
import type { SignInPolicy } from '../protocol/sign-in-policy.ts';

/** Beside the bundle that this file is in. */
export const AUTO_MODULE: URL = new URL('./auto.js', import.meta.url);

/**
 * Creates the script element that connects the page and signs in.
 *
 * @param policy condition for a sign-in
 * @param where the app's base, below which the worker is served
 */
export function createAutoTag(
  policy: SignInPolicy,
  { base, fileName }: { readonly base: string; readonly fileName: string },
): HtmlTagDescriptor {
  const attrs = {
    type: 'module',
    src: posix.join(base, AUTO_FILE),
    'data-login': policy,
    'data-worker': posix.join(base, fileName),
    'data-scope': base,
  };
  return { tag: 'script', attrs, injectTo: 'head-prepend' };
}

/** Serves it in development. */
export function serveAutoModule(
  path: string,
): (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void {
  return (request, response, next) => {
    if (request.url?.split('?')[0] !== path) return next();
    readFile(AUTO_MODULE).then((module) => {
      response.setHeader('content-type', 'text/javascript');
      response.end(module);
    }, next);
  };
}
