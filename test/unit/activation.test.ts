import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createActivation } from '../../sw/lifecycle/activation.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A version that the browser activates after some requests only: it has forgotten those before. */
function versionThatIsActivatedAfter(requests: number): { activateAtOnce: () => Promise<void>; asked: () => number } {
  let asked = 0;
  const activateAtOnce = createActivation({
    skipWaiting: async () => void (asked += 1),
    isBeforeActivation: () => asked < requests,
  });
  return { activateAtOnce, asked: () => asked };
}

describe('a version that is to be activated at once', () => {
  test.for([1, 2, 5])(
    'asks until the browser has activated it, and no longer: the browser forgets all but request %i',
    async (needed) => {
      const { activateAtOnce, asked } = versionThatIsActivatedAfter(needed);

      await activateAtOnce();
      await vi.advanceTimersByTimeAsync(120_000);

      expect(asked()).toBeGreaterThanOrEqual(needed);
      expect(asked()).toBeLessThanOrEqual(needed + 1);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  test('asks once in the time in which the version before chooses the moment', async () => {
    const { activateAtOnce, asked } = versionThatIsActivatedAfter(Infinity);

    await activateAtOnce();
    await vi.advanceTimersByTimeAsync(14_000);

    expect(asked()).toBe(1);
  });

  test('asks once if the browser does not say whether it is active', async () => {
    const { activateAtOnce, asked } = versionThatIsActivatedAfter(0);

    await activateAtOnce();
    await vi.advanceTimersByTimeAsync(120_000);

    expect(asked()).toBe(1);
  });

  test('waits for one timer only, however often pages ask for it', async () => {
    const { activateAtOnce } = versionThatIsActivatedAfter(Infinity);

    for (let calls = 0; calls < 100; calls++) await activateAtOnce();

    expect(vi.getTimerCount()).toBe(1);
  });
});
