import type { Page } from 'playwright';
import { afterAll, beforeAll, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, connected, sessionOf, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { gateRequest } from '../support/gate.ts';
import { takenOver, updateWorker } from '../support/worker-life.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

/** Begins a worker's script: it is installed when the page says so, and not before. */
const HELD_INSTALLATION = `self.addEventListener('install', (event) => event.waitUntil(new Promise((resolve) => {
  self.endInstallation = resolve;
})));
self.addEventListener('message', ({ data }) => {
  if (data === 'end the installation') self.endInstallation();
});
`;

/** Makes the browser look for another version of the worker, and waits until that is being installed. */
function beginUpdate(page: Page): Promise<void> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const found = new Promise((resolve) => registration.addEventListener('updatefound', resolve, { once: true }));
    await registration.update();
    await found;
  });
}

/** Ends what {@link HELD_INSTALLATION} holds, and waits for the end. */
function endInstallation(page: Page): Promise<void> {
  return page.evaluate(async () => {
    const { installing } = await navigator.serviceWorker.ready;
    if (installing === null) throw new Error('Nothing is being installed.');
    const ended = new Promise((resolve) => installing.addEventListener('statechange', resolve, { once: true }));
    installing.postMessage('end the installation');
    await ended;
  });
}

test('a version that is installed while another one waits has the session, which that one seals anew', async ({
  page,
}) => {
  await signIn(page, stack);
  stack.authorizationServer.requests.clear();
  const gate = gateRequest(stack.api.faults, ({ path }) => path.endsWith('/me'));
  const held = callApi(page, stack);
  await gate.arrived;
  stack.app.setWorkerRelease('the second');
  await updateWorker(page, 'installed');
  stack.app.configure({ workerScript: (script) => `${HELD_INSTALLATION}${script}` });
  await beginUpdate(page);

  gate.open();
  expect(await held).toMatchObject({ status: 200 });
  await takenOver(page);
  await endInstallation(page);
  await takenOver(page);

  expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  await page.reload();
  await connected(page);
  expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'sealed' });
  expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
});
