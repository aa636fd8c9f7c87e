import { readFile } from 'node:fs/promises';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { proxy } from 'hono/proxy';
import type { TokenwardConfig } from 'tokenward/config';
import { createTokenward, type RelayOptions } from 'tokenward/server';
import { workerOptions } from '../../../src/configuration/app-configuration.ts';
import type { RequestListener } from '../../servers/listener.ts';
import { BARE_PAGE } from '../../support/app-page.ts';
import { withClock } from '../../support/worker-clock.ts';

const LIBRARY = new URL('../../../dist/standalone/tokenward-sw.js', import.meta.url);

/**
 * Creates the server of an app from its one configuration, with a page that connects and leaves a lost session as it is. The worker has a
 * clock that a test can set.
 *
 * @param relay options of the relay, for a configuration that uses it
 */
export async function createProviderApp(
  config: TokenwardConfig,
  relay: RelayOptions | undefined,
): Promise<RequestListener> {
  const app = new Hono();
  app.get('/', (context) => context.html('<!doctype html><title>Start</title>'));
  app.get(BARE_PAGE, (context) =>
    context.html('<!doctype html><title>Bare</title><script type="module" src="/bare.js"></script>'),
  );
  app.get('/bare.js', (context) => context.body(PAGE_SCRIPT, 200, { 'content-type': 'text/javascript' }));
  const start = `tokenward.start(${JSON.stringify(workerOptions(config))});`;
  const workerScript = withClock(`${await readFile(LIBRARY, 'utf8')}\n${start}`);
  const answer = createTokenward(config, { workerScript, ...(relay && { relay }) }).fetch((request: Request) =>
    app.fetch(request),
  );
  return getRequestListener((request) => answer(request), { overrideGlobalObjects: false });
}

const PAGE_SCRIPT = `
import { connect } from '/tokenward/page.js';
try {
  window.tokenward = await connect({ renewal: 'manual' });
} catch (error) {
  window.connectError = { code: error.code, message: error.message };
}
document.documentElement.dataset.connected = 'yes';`;

/** Passes every request to one URL on to the API of the run. */
export function passToApi(url: string): RequestListener {
  return getRequestListener(
    (request) => {
      const headers = new Headers(request.headers);
      headers.delete('host');
      return proxy(url, { method: request.method, headers });
    },
    { overrideGlobalObjects: false },
  );
}
