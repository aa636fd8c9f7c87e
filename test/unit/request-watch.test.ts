import { expect, test } from 'vitest';
import type { WatchedRequest } from '../../src/protocol/worker-api.ts';
import { createRequestWatch } from '../../sw/fetch/request-watch.ts';

const COVERED = { action: 'authorize', reason: 'covered', rule: 'protectedResources[0]' } as const;

function setUp() {
  let nowMs = 1000;
  const told: WatchedRequest[] = [];
  const explained: string[] = [];
  const watch = createRequestWatch({
    now: () => nowMs,
    explain: async (url) => {
      explained.push(url.href);
      return COVERED;
    },
    tell: (request) => told.push(request),
  });
  const url = new URL('https://api.example/v1/notes?secret=x');
  const send = async (): Promise<void> => {
    const headers = { authorization: 'Bearer secret' };
    watch.see(url, new Request(url, { method: 'POST', headers, body: 'secret' }));
    await Promise.resolve();
  };
  return { watch, told, explained, send, wait: (ms: number) => void (nowMs += ms) };
}

test('a request is neither reported nor explained while no page watches', async () => {
  const { told, explained, send } = setUp();

  await send();

  expect(told).toEqual([]);
  expect(explained).toEqual([]);
});

test('a request is reported while a page watches, without query, headers and body', async () => {
  const { watch, told, send } = setUp();
  watch.begin();
  await send();

  expect(told).toEqual([
    { url: 'https://api.example/v1/notes', method: 'POST', destination: '', atMs: 1000, ...COVERED },
  ]);
});

test('a watch ends after ten minutes, unless a page subscribes again', async () => {
  const { watch, told, send, wait } = setUp();
  watch.begin();
  wait(9 * 60_000);
  watch.begin();
  wait(9 * 60_000);
  await send();
  wait(60_000);
  await send();

  expect(told).toHaveLength(1);
});
