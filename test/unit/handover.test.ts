import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { requestHandoverPayload } from '../../sw/lifecycle/handover.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** An active worker, as far as a handover knows it: the port that it was given. */
async function ask(take: () => Promise<void> = async () => {}) {
  let port: MessagePort | undefined;
  const active = Object.create(Object.prototype, {
    postMessage: { value: (_message: unknown, [given]: readonly MessagePort[]) => (port = given) },
  });
  const settled = vi.fn();
  requestHandoverPayload(active, true, take).then(
    () => settled('installed'),
    (error: unknown) => settled(error instanceof Error ? error.message : error),
  );
  /** Posts a message to the port, and waits until it has arrived. */
  const say = async (message: unknown): Promise<void> => {
    port?.postMessage(message);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return { settled, say };
}

describe('a version that asks the active one for the session', () => {
  test('is installed without it where that one does not know what a handover is', async () => {
    const { settled } = await ask();

    await vi.advanceTimersByTimeAsync(8000);

    expect(settled).toHaveBeenCalledExactlyOnceWith('installed');
  });

  test.for([0, 999, 1001, 4000, 7999])(
    'is not installed without it where that one acknowledges after %i ms, and falls silent',
    async (delayMs) => {
      const { settled, say } = await ask();
      await vi.advanceTimersByTimeAsync(delayMs);
      await say(true);

      await vi.advanceTimersByTimeAsync(7999);
      expect(settled).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);

      expect(settled).toHaveBeenCalledExactlyOnceWith('The active worker did not hand over.');
    },
  );

  test.for([0, 1001, 7999])(
    'is installed with it where that comes %i ms after the acknowledgement',
    async (delayMs) => {
      const take = vi.fn(async () => {});
      const { settled, say } = await ask(take);
      await vi.advanceTimersByTimeAsync(5000);
      await say(true);
      await vi.advanceTimersByTimeAsync(delayMs);

      await say({ configuration: 'c' });
      await vi.advanceTimersByTimeAsync(60_000);

      expect(take).toHaveBeenCalledOnce();
      expect(settled).toHaveBeenCalledExactlyOnceWith('installed');
    },
  );
});
