import { request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from '../servers/listener.ts';
import type { Stack } from '../servers/stack.ts';

/** What the naive server does other than the app's. */
export interface NaiveFrontOptions {
  /** `ungated` gives the worker's script, a fresh secret in it, to whoever asks, and lets any cache keep it. */
  readonly workerScript: 'gated' | 'ungated';
  /** Scripts that the server lets a page register as workers of their own, by path. */
  readonly rogueWorkers?: Readonly<Record<string, string>>;
  /** Scripts that it refuses as workers, without telling caches that it does, by path. */
  readonly gatedScripts?: Readonly<Record<string, string>>;
  /** Scripts that may be workers of their own folder alone, by path. */
  readonly scripts?: Readonly<Record<string, string>>;
  /** Documents that it answers with instead of the app, by path. */
  readonly pages?: Readonly<Record<string, string>>;
}

/**
 * Starts a naive server before the app's: the same app at an origin of its own, without the rules for worker scripts.
 *
 * @returns the stack as it looks from there, which has to be closed; the stack itself goes on
 */
export async function startNaiveFront(stack: Stack, options: NaiveFrontOptions): Promise<Stack> {
  const listener = await listen(() => (request, response) => answer(stack, options, request, response));
  stack.authorizationServer.addApp(listener.origin);
  stack.api.addOrigin(listener.origin);
  return {
    ...stack,
    app: { ...stack.app, origin: listener.origin, port: listener.port },
    close: listener.close,
  };
}

function answer(
  { app }: Stack,
  { workerScript, rogueWorkers = {}, gatedScripts = {}, scripts = {}, pages = {} }: NaiveFrontOptions,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const path = new URL(request.url ?? '/', app.origin).pathname;
  const rogue = rogueWorkers[path];
  if (rogue !== undefined) {
    response.writeHead(200, { 'content-type': 'text/javascript', 'service-worker-allowed': '/' }).end(rogue);
    return;
  }
  const gated = gatedScripts[path];
  if (gated !== undefined) {
    const isRefused = request.headers['sec-fetch-dest'] === 'serviceworker';
    const headers = { 'content-type': 'text/javascript', 'cache-control': 'max-age=3600' };
    if (isRefused) response.writeHead(403, { 'cache-control': 'no-store' }).end();
    else response.writeHead(200, headers).end(gated);
    return;
  }
  const script = scripts[path];
  if (script !== undefined) {
    response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
    return;
  }
  const page = pages[path];
  if (page !== undefined) {
    response.writeHead(200, { 'content-type': 'text/html' }).end(page);
    return;
  }
  const isUngated = workerScript === 'ungated' && path === app.workerPath;
  const headers = isUngated
    ? { ...request.headers, 'sec-fetch-dest': 'serviceworker', 'sec-fetch-mode': 'same-origin' }
    : request.headers;
  const url = new URL(isUngated ? path : (request.url ?? '/'), app.origin);
  const onward = forward(url, { method: request.method ?? 'GET', headers }, (incoming) => {
    const { vary: _, ...cacheable } = incoming.headers;
    const own = isUngated ? { ...cacheable, 'cache-control': 'no-cache' } : incoming.headers;
    response.writeHead(incoming.statusCode ?? 502, own);
    incoming.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}
