import { describe, expect, test } from 'vitest';
import { createNotifyPages } from '../../sw/rpc/notify-pages.ts';

const ORIGIN = 'https://app.example';

/** Notifies pages of these URLs from a worker at `/a/`, and lists those that got the message. */
async function notified(urls: readonly string[], clientId?: string): Promise<readonly string[]> {
  const got: string[] = [];
  const windows = urls.map((url) => ({
    id: url,
    url,
    postMessage: (message: unknown) => {
      expect(message).toEqual({ type: 'news', scope: `${ORIGIN}/a/` });
      got.push(url);
    },
  }));
  const notifyPages = createNotifyPages({
    origin: ORIGIN,
    registrationScope: () => `${ORIGIN}/a/`,
    listWindows: async () => windows,
  });
  await notifyPages({ type: 'news' }, clientId);
  return got;
}

describe('a message to the pages', () => {
  test('goes to every page in the scope, and to no page of another app of the origin', async () => {
    const urls = [`${ORIGIN}/a/`, `${ORIGIN}/a/notes`, `${ORIGIN}/b/`, `${ORIGIN}/`];

    expect(await notified(urls)).toEqual([`${ORIGIN}/a/`, `${ORIGIN}/a/notes`]);
  });

  test('goes to a frame without an address of its own', async () => {
    expect(await notified(['about:srcdoc', 'about:blank'])).toEqual(['about:srcdoc', 'about:blank']);
  });

  test('goes to the page that alone is meant, or to all if it is gone', async () => {
    const urls = [`${ORIGIN}/a/1`, `${ORIGIN}/a/2`];

    expect(await notified(urls, `${ORIGIN}/a/2`)).toEqual([`${ORIGIN}/a/2`]);
    expect(await notified(urls, 'gone')).toEqual(urls);
  });
});
