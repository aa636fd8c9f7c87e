import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../../configuration/loopback.ts';

/** Modules that a page loads from Tokenward. */
const MODULE = /\/tokenward\/(?:auto|page)\.js$/;

/**
 * Creates a watch over the order of middleware in development: a page that loads a module of Tokenward, but has not come through the
 * middleware itself, lacks the policy, because something before it has served the page. A process of a deployment may be one of several,
 * so only hosts of this machine are watched.
 *
 * @param warn writes a warning; the watch calls it once
 * @returns a function that gets each request
 */
export function createOrderWatch(warn: (message: string) => void): (request: IncomingMessage) => void {
  let isDone = false;
  return ({ headers, url = '' }) => {
    if (isDone) return;
    const destination = headers['sec-fetch-dest'];
    const isDocument = destination === 'document' || destination === 'iframe';
    const isModule = destination === 'script' && MODULE.test(url.replace(/\?.*/, ''));
    if (!isDocument && !isModule) return;
    isDone = true;
    const address = `http://${headers.host ?? String(headers[':authority'] ?? '')}`;
    if (!isDocument && URL.canParse(address) && isLoopback(new URL(address).hostname)) warn(MESSAGE);
  };
}

const MESSAGE =
  'tokenward: The page has not come through createTokenward(config).middleware, and lacks its policy. ' +
  'Put the middleware before whatever serves files.';
