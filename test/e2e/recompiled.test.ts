import { afterAll, beforeAll, describe, expect } from 'vitest';
import { callApi, openBarePage, sessionOf, signIn } from '../support/app-page.ts';
import { startStackWithWorker } from '../support/app-worker.ts';
import { test } from '../support/browser-test.ts';
import { COMPILERS, recompile } from '../support/recompile.ts';
import type { Stack } from '../servers/stack.ts';

/** The entries for the page, in one module. */
const PAGE = `
export * from './dist/index.js';
export { createAuth0Client } from './dist/compat/auth0.js';
import './dist/inspector.js';
`;

/** An app's own worker. */
const WORKER = `
import { startTokenward } from './dist/sw.js';
import { forWorkbox } from './dist/workbox.js';
forWorkbox(startTokenward(self.configuration));
`;

describe.for(Object.entries(COMPILERS))('an app compiled by %s', ([, compile]) => {
  let stack: Stack;
  beforeAll(async () => {
    const [page, worker] = await Promise.all([
      recompile({ entry: PAGE, format: 'esm', compile }),
      recompile({ entry: WORKER, format: 'iife', compile }),
    ]);
    stack = await startStackWithWorker(worker);
    stack.app.pages.set('/tokenward.js', { body: page, contentType: 'text/javascript' });
    // A compiler takes seconds, and on a busy machine more than a minute.
  }, 300_000);
  afterAll(() => stack?.close());

  test('connects, signs in with a sealed session, calls the API, and shows errors and inspector', async ({ page }) => {
    await openBarePage(page, stack);
    expect(await page.evaluate(() => window.connectError)).toBeUndefined();
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-out' });

    await signIn(page, stack);
    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'sealed' });
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    expect(await page.evaluate((url) => window.tokenward.explain(url), `${stack.api.url}/me`)).toMatchObject({
      action: 'authorize',
    });

    expect(await page.evaluate(LOOK)).toEqual({
      isTokenwardError: true,
      isInstance: true,
      name: 'TokenwardError',
      code: 'request_invalid',
      phase: 'call',
      retryable: false,
      hasUser: true,
      hasInspector: true,
    });
  });
});

/** What a page of the app finds: an error's class and members, the other entries. */
const LOOK = `(async () => {
  const { isTokenwardError, TokenwardError, createAuth0Client } = await import('/tokenward.js');
  const error = await window.tokenward.login({ scopes: ['of-nobody'] }).catch((reason) => reason);
  const { name, code, phase, retryable } = error;
  const auth0 = await createAuth0Client({ domain: 'login.example', clientId: 'app' });
  const inspector = document.body.appendChild(document.createElement('tokenward-inspector'));
  return {
    isTokenwardError: isTokenwardError(error), isInstance: error instanceof TokenwardError, name, code, phase, retryable,
    hasUser: (await auth0.getUser()) !== undefined, hasInspector: inspector.shadowRoot?.childElementCount === 1,
  };
})()`;
