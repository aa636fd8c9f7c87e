import { afterAll, beforeAll, expect } from 'vitest';
import { type Listener, listen } from '../servers/listener.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';

const POLL = { timeout: 20_000 };

/** CORS headers of an API, by the first segment of the path. */
const CORS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  none: {},
  'other-origin': {
    'access-control-allow-origin': 'https://other.example',
    'access-control-allow-headers': 'authorization',
  },
  'other-header': { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'content-type' },
  good: { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'authorization' },
};

let stack: Stack;
let api: Listener;
beforeAll(async () => {
  [stack, api] = await Promise.all([
    startStack(),
    listen(() => (request, response) => {
      const [, kind = ''] = (request.url ?? '').split('/');
      response.writeHead(200, CORS[kind]).end('{}');
    }),
  ]);
});
afterAll(() => Promise.all([stack.close(), api.close()]));

test.for<[kind: string, warnings: number]>([
  ['none', 1],
  ['other-origin', 1],
  ['other-header', 1],
  ['good', 0],
])('an API with CORS headers of this kind is named as often: %s, %i', async ([kind, count], { page }) => {
  stack.app.configure({
    worker: { protectedResources: [{ url: api.origin }] },
    connections: [api.origin],
    workerScript: tellWarnings,
  });
  await signIn(page, stack);
  await page.evaluate(() => {
    Object.assign(window, { warnings: [] });
    new BroadcastChannel('warnings').addEventListener('message', ({ data }) => window.warnings.push(String(data)));
  });

  const outcomes = await page.evaluate(async (url) => {
    const ask = (): Promise<string> => fetch(url).then(String, (error: unknown) => Object(error).name);
    return [await ask(), await ask()];
  }, `${api.origin}/${kind}/notes`);

  expect(outcomes).toEqual(Array(2).fill(count ? 'TypeError' : '[object Response]'));
  await expect.poll(() => page.evaluate(() => window.warnings.length), POLL).toBe(count);
  if (count) expect(await page.evaluate(() => window.warnings[0])).toContain(`The API at ${api.origin} did not answer`);
});

/** A worker that tells the page what it writes to the console. */
function tellWarnings(script: string): string {
  return `console.warn = (message) => new BroadcastChannel('warnings').postMessage(message);\n${script}`;
}

declare global {
  interface Window {
    /** Warnings of the worker. */
    warnings: string[];
  }
}
