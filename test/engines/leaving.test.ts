import { describe, expect } from 'vitest';
import type { Endpoint } from '../servers/authorization-server-log.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { addBarePage, callApi, openBarePage, sessionOf, signIn } from '../support/app-page.ts';
import type { EnginePage } from '../support/engines/engine.ts';
import { test as base } from '../support/engines/engine-test.ts';
import { gateRequest } from '../support/gate.ts';
import {
  beginCall,
  changeAddress,
  hurryClock,
  type LeavingCall,
  outcomeIn,
  stopClock,
  stopLeaving,
} from '../support/page-calls.ts';

const FRAME_PAGE = '/with-frame';

/** Each test has servers of its own, so that tests can wait side by side. */
const test = base.extend('stack', async ({}, { onCleanup }): Promise<Stack> => {
  const stack = await startStack({ app: { securityHeaders: 'off' } });
  onCleanup(() => stack.close());
  addBarePage(stack.app);
  return stack;
});

/** Opens a second tab of the app, which sees what becomes of the call. */
async function openWatcher(page: EnginePage, stack: Stack): Promise<EnginePage> {
  stack.app.pages.set('/watcher', { body: '<!doctype html><title>Watcher</title>' });
  const watcher = await page.profile.newPage();
  await watcher.goto(`${stack.app.origin}/watcher`);
  return watcher;
}

/** Signs in if the call needs a session. */
async function open(page: EnginePage, stack: Stack, call: LeavingCall): Promise<void> {
  if (call === 'logout' || call === 'step-up') await signIn(page, stack);
  else await openBarePage(page, stack);
}

async function expectSignInToWork(page: EnginePage, stack: Stack): Promise<void> {
  stack.authorizationServer.faults.clear();
  stack.authorizationServer.endUserSessions();
  await signIn(page, stack);
  expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  expect(await callApi(page, stack)).toMatchObject({ status: 200 });
}

// Firefox and WebKit do not report that a navigation was stopped: the page waits for 15 s of its clock, and these tests wait side by side.
describe.concurrent('a call that is to leave the page', { timeout: 300_000 }, () => {
  test.for<[call: LeavingCall, endpoint: Endpoint]>([
    ['login', 'authorization'],
    ['silent login', 'authorization'],
    ['step-up', 'authorization'],
    ['logout', 'end_session'],
  ])('rejects where the user stops it, and signing in works: %s', async ([call, endpoint], { page, stack }) => {
    await open(page, stack, call);
    const watcher = await openWatcher(page, stack);
    const gate = gateRequest(stack.authorizationServer.faults, (request) => request.endpoint === endpoint);
    await beginCall(page, call);
    await gate.arrived;

    await stopLeaving(watcher);
    await hurryClock(watcher);

    expect(await outcomeIn(watcher)).toBe('navigation_cancelled');
    gate.open();
    await expectSignInToWork(page, stack);
  });

  test('rejects where the server answers without a page, and signing in works', async ({ page, stack }) => {
    await open(page, stack, 'login');
    stack.authorizationServer.faults.plan(({ endpoint }) => endpoint === 'authorization', {
      stage: 'before',
      answer: { status: 204 },
    });

    const watcher = await openWatcher(page, stack);

    await beginCall(page, 'login');
    await hurryClock(watcher);

    expect(await outcomeIn(watcher)).toBe('navigation_cancelled');
    await expectSignInToWork(page, stack);
  });
});

describe('a call that is to leave the page', () => {
  test('does not take the address that a router changes meanwhile for a stop', async ({ page, stack }) => {
    await open(page, stack, 'login');
    const watcher = await openWatcher(page, stack);
    const gate = gateRequest(stack.authorizationServer.faults, ({ endpoint }) => endpoint === 'authorization');
    await stopClock(page);
    await beginCall(page, 'login');
    await gate.arrived;

    await changeAddress(watcher);
    gate.open();

    await page.waitForURL(({ origin }) => origin === stack.authorizationServer.origin);
    expect(await watcher.evaluate(() => localStorage.getItem('outcome'))).toBeNull();
  });

  test('rejects where the user comes back to the page, if the browser has kept it, and signing in works', async ({
    page,
    stack,
  }) => {
    await open(page, stack, 'login');
    await page.evaluate(() => Reflect.set(window, 'isFirst', true));
    await beginCall(page, 'login');
    await page.waitForURL(({ origin }) => origin === stack.authorizationServer.origin);

    await page.evaluate(() => void setTimeout(() => history.back()));
    // No event says of a page that was kept that it has loaded, and WebKit's driver may look for elements in the page before it.
    await page.waitForFunction(
      () => document.title === 'Bare' && document.documentElement.dataset['connected'] === 'yes',
    );

    // A browser that has not kept the page loads it again, and nothing of the call is left.
    const isRestored = await page.evaluate(() => Reflect.get(window, 'isFirst') === true);
    if (isRestored) expect(await outcomeIn(page)).toBe('navigation_cancelled');
    else expect(await page.evaluate(() => localStorage.getItem('outcome'))).toBeNull();
    console.info(`${page.engine}: the page was ${isRestored ? 'kept' : 'loaded again'}`);
    await expectSignInToWork(page, stack);
  });

  test.for(['', 'sandbox="allow-scripts allow-same-origin"', 'sandbox="allow-scripts allow-same-origin allow-forms"'])(
    'rejects at once in a frame, which stays as it is: <iframe %s>',
    async (attributes, { page, stack }) => {
      const body = `<!doctype html><title>Frame</title><iframe src="/bare" ${attributes}></iframe>`;
      stack.app.pages.set(FRAME_PAGE, { body });
      await page.goto(`${stack.app.origin}${FRAME_PAGE}`);
      const inFrame = (method: 'login' | 'logout'): Promise<unknown> =>
        page.evaluate(async (name) => {
          const frame = document.querySelector('iframe')?.contentWindow;
          const isConnected = (): boolean => frame?.document.documentElement.dataset['connected'] === 'yes';
          await new Promise<void>((resolve) => {
            const look = (): unknown => (isConnected() ? resolve() : requestAnimationFrame(look));
            look();
          });
          const outcome = await frame?.tokenward[name]().catch((error: { code: string; message: string }) => ({
            code: error.code,
            message: error.message,
          }));
          return { outcome, title: frame?.document.title };
        }, method);

      for (const method of ['login', 'logout'] as const) {
        expect(await inFrame(method)).toMatchObject({
          title: 'Bare',
          outcome: { code: 'navigation_blocked', message: expect.stringContaining('in a window of its own') },
        });
      }
      expect(stack.authorizationServer.requests.count('end_session')).toBe(0);
    },
  );
});
