import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test as base } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { signIn } from '../support/app-page.ts';
import { CHROMIUM_SHELL } from '../support/browser-engine.ts';
import { launchBrowser } from '../support/browser.ts';
import { ACCEPT_CERTIFICATE } from '../support/localhost-certificate.ts';
import { type StreamingApi, startStreamingApi } from '../support/streaming-api.ts';

const LIMIT_BYTES = 100_000;

let api: StreamingApi;
let stack: Stack;
beforeAll(async () => {
  api = await startStreamingApi();
  const protectedResources = [{ url: `${api.origin}/api`, replayLimitBytes: LIMIT_BYTES }];
  stack = await startStack({
    authorizationServer: { accessTokenTtlSeconds: 3600 },
    app: { securityHeaders: 'off', workerServing: 'static', worker: { protectedResources } },
  });
});
afterAll(() => Promise.all([stack.close(), api.close()]));

const test = base.extend('held', { scope: 'file' }, async ({}, { onCleanup }): Promise<Page> => {
  // A browser of its own: no context can make a service worker trust the API's certificate.
  const browser = await launchBrowser(CHROMIUM_SHELL, { args: [ACCEPT_CERTIFICATE] });
  onCleanup(() => browser.close());
  const page = await browser.newPage();
  await signIn(page, stack);
  return page;
});

/** Uploads a stream of so many bytes, its second half only when the API has the first. */
function uploadInHalves(page: Page, bytes: number): Promise<{ status: number; body: unknown }> {
  return page.evaluate(
    async ([url, size]) => {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const writer = writable.getWriter();
      const init = { method: 'POST', body: readable, duplex: 'half' };
      const answer = fetch(`${url}/upload`, init);
      await writer.write(new Uint8Array(size / 2));
      while ((await (await fetch(`${url}/uploaded`, { cache: 'no-store' })).json()) < size / 2);
      await writer.write(new Uint8Array(size / 2));
      await writer.close();
      const response = await answer;
      return { status: response.status, body: await response.json() };
    },
    [`${api.origin}/api`, bytes] as const,
  );
}

describe('a request whose body is a stream', () => {
  test.for([1000, LIMIT_BYTES, 10 * LIMIT_BYTES])('of %i bytes streams through the worker', async (bytes, { held }) => {
    expect(await uploadInHalves(held, bytes)).toEqual({ status: 200, body: bytes });

    const { authorization, size } = api.uploads.at(-1) ?? {};
    expect([authorization?.split(' ')[0], size]).toEqual(['Bearer', bytes]);
  });

  test('is sent once more if it is short enough', async ({ held }) => {
    const before = api.uploads.length;
    api.refuseNext();

    const status = await held.evaluate(
      async ([url, size]) => {
        const init = { method: 'POST', body: new Blob([new Uint8Array(size)]).stream(), duplex: 'half' };
        return (await fetch(url, init)).status;
      },
      [`${api.origin}/api/upload`, LIMIT_BYTES] as const,
    );

    expect(status).toBe(200);
    expect(api.uploads.slice(before).map(({ size }) => size)).toEqual([LIMIT_BYTES, LIMIT_BYTES]);
  });

  test('is sent once if it is longer, and whole', async ({ held }) => {
    const before = api.uploads.length;
    api.refuseNext();

    const { status } = await uploadInHalves(held, 10 * LIMIT_BYTES);

    expect(status).toBe(401);
    expect(api.uploads.slice(before).map(({ size }) => size)).toEqual([10 * LIMIT_BYTES]);
  });
});
