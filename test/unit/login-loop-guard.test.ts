import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLoginLoopGuard } from '../../src/page/login-loop-guard.ts';

const NOW_MS = 1_800_000_000_000;
const KEY = 'tokenward guard';

/** A tab that holds this note; returns the notes. */
function tabWith(note?: string): Map<string, string> {
  const notes = new Map(note === undefined ? [] : [[KEY, note]]);
  const sessionStorage = {
    getItem: (key: string) => notes.get(key) ?? null,
    setItem: (key: string, value: string) => notes.set(key, value),
    removeItem: (key: string) => notes.delete(key),
  };
  vi.stubGlobal('window', { sessionStorage });
  return notes;
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW_MS }));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Whether a guard makes an attempt now. */
async function isAttempted(act: () => Promise<void> = async () => {}): Promise<boolean> {
  const attempt = vi.fn(act);
  await createLoginLoopGuard('guard', 'renewal').attempt(attempt);
  return attempt.mock.calls.length > 0;
}

describe('a note of an earlier release', () => {
  test.for<[note: number, isAttempted: boolean]>([
    [NOW_MS - 29_999, false],
    [NOW_MS - 30_000, true],
    [-(NOW_MS - 299_999), false],
    [-(NOW_MS - 300_000), true],
    [0, true],
  ])('holds attempts for as long as that release did: %i', async ([note, expected]) => {
    tabWith(String(note));

    expect(await isAttempted()).toBe(expected);
  });

  test('is one of an attempt without an answer, if it is negative', () => {
    const notes = tabWith(String(-NOW_MS));
    const guard = createLoginLoopGuard('guard', 'renewal');

    expect(guard.answer()).toBe(true);
    expect(guard.answer()).toBe(false);
    expect(JSON.parse(notes.get(KEY) ?? '')).toEqual({ atMs: NOW_MS, isAnswered: true });
  });

  test('is one of an attempt with an answer, if it is positive', () => {
    tabWith(String(NOW_MS));

    expect(createLoginLoopGuard('guard', 'renewal').answer()).toBe(false);
  });
});

describe('the note of an attempt', () => {
  test('says that there was no answer yet, and is read again after a reload', async () => {
    const notes = tabWith();

    expect(await isAttempted()).toBe(true);

    expect(JSON.parse(notes.get(KEY) ?? '')).toEqual({ atMs: NOW_MS, isAnswered: false });
    vi.setSystemTime(NOW_MS + 299_999);
    expect(await isAttempted()).toBe(false);
    vi.setSystemTime(NOW_MS + 300_000);
    expect(await isAttempted()).toBe(true);
  });

  test('says that there was an answer where the page could not be left', async () => {
    tabWith();
    await isAttempted(() => Promise.reject(new Error('No answer.')));

    vi.setSystemTime(NOW_MS + 29_999);
    expect(await isAttempted()).toBe(false);
    vi.setSystemTime(NOW_MS + 30_000);
    expect(await isAttempted()).toBe(true);
  });

  test('holds attempts after a sign-out', async () => {
    tabWith();
    createLoginLoopGuard('guard', 'renewal').hold();

    vi.setSystemTime(NOW_MS + 29_999);
    expect(await isAttempted()).toBe(false);
    expect(createLoginLoopGuard('guard', 'renewal').answer()).toBe(false);
  });
});

test.for(['', 'x', '{', 'null', '[]', '{"atMs":"soon"}', '{"atMs":null,"isAnswered":1}'])(
  'a note that is none keeps no attempt from being made: %s',
  async (note) => {
    tabWith(note);

    expect(createLoginLoopGuard('guard', 'renewal').answer()).toBe(false);
    expect(await isAttempted()).toBe(true);
  },
);
