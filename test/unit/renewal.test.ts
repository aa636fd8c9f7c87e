import { afterEach, describe, expect, test, vi } from 'vitest';
import { renewLostSession } from '../../src/renewal.ts';
import { createSessionStore } from '../../src/session-store.ts';

afterEach(() => vi.unstubAllGlobals());

/** How often a page leaves to renew a session that was lost, and is lost again whenever it comes back. */
async function attemptsWith(
  setItem: (notes: Map<string, string>, key: string, value: string) => void,
): Promise<number> {
  const notes = new Map<string, string>();
  const storage = {
    getItem: (key: string) => notes.get(key) ?? null,
    setItem: (key: string, value: string) => setItem(notes, key, value),
    removeItem: (key: string) => notes.delete(key),
  };
  vi.stubGlobal('window', { localStorage: storage, sessionStorage: storage });
  vi.stubGlobal('document', { visibilityState: 'visible', addEventListener: () => {} });
  const login = vi.fn(async () => {});
  for (let load = 0; load < 3; load++) {
    const store = createSessionStore({ status: 'signed-out', reason: 'lost' });
    await renewLostSession(store, 'https://app.example/', login);
  }
  return login.mock.calls.length;
}

describe('a session that was lost, and is lost again after each renewal', () => {
  test('is renewed once, then left alone for a while', async () => {
    expect(await attemptsWith((notes, key, value) => notes.set(key, value))).toBe(1);
  });

  test('is not renewed at all where no note can be kept of it, as in a full storage: it would go round in circles', async () => {
    const full = (): never => {
      throw new DOMException('Full.', 'QuotaExceededError');
    };

    expect(await attemptsWith(full)).toBe(0);
  });
});
