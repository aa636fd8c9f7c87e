import { describe, expect, test } from 'vitest';
import { createNotifyPages } from '../../sw/rpc/notify-pages.ts';

const SCOPE = 'https://app.example/a/';

/** Notifies pages of these ids, and lists those that got the message. */
async function notified(ids: readonly string[], clientId?: string): Promise<readonly string[]> {
  const got: string[] = [];
  const windows = ids.map((id) => ({
    id,
    postMessage: (message: unknown) => {
      expect(message).toEqual({ type: 'news', scope: SCOPE });
      got.push(id);
    },
  }));
  const notifyPages = createNotifyPages({ registrationScope: () => SCOPE, listWindows: async () => windows });
  await notifyPages({ type: 'news' }, clientId);
  return got;
}

describe('a message to the pages', () => {
  test('goes to every page that the worker controls, and names its scope', async () => {
    expect(await notified(['1', '2'])).toEqual(['1', '2']);
  });

  test('goes to the page that alone is meant, or to all if it is gone', async () => {
    expect(await notified(['1', '2'], '2')).toEqual(['2']);
    expect(await notified(['1', '2'], 'gone')).toEqual(['1', '2']);
  });
});
