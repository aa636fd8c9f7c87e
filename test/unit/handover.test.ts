import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseHandoverPayload, parseHandoverRequest, requestHandoverPayload } from '../../sw/lifecycle/handover.ts';
import { takeOver } from '../../sw/lifecycle/handover-payload.ts';
import { createMemoryVault } from '../../sw/vault/memory-vault.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** An active worker, as far as a handover knows it: the port that it was given. */
function activeWorker() {
  let port: MessagePort | undefined;
  const active = Object.create(Object.prototype, {
    postMessage: { value: (_message: unknown, [given]: readonly MessagePort[]) => (port = given) },
  });
  /** Posts a message to the port, and waits until it has arrived. */
  const say = async (message: unknown): Promise<void> => {
    port?.postMessage(message);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return { active, say };
}

async function ask(take: () => Promise<void> = async () => {}) {
  const { active, say } = activeWorker();
  const settled = vi.fn();
  requestHandoverPayload(active, true, take).then(
    () => settled('installed'),
    (error: unknown) => settled(error instanceof Error ? error.message : error),
  );
  return { settled, say };
}

describe('a version that requests the session from the active one', () => {
  test('is installed without it if that one does not support a handover', async () => {
    const { settled } = await ask();

    await vi.advanceTimersByTimeAsync(8000);

    expect(settled).toHaveBeenCalledExactlyOnceWith('installed');
  });

  test.for([0, 999, 1001, 4000, 7999])(
    'is not installed without it if that one acknowledges after %i ms, and then sends nothing',
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

  test.for([0, 1001, 7999])('is installed with it if it comes %i ms after the acknowledgement', async (delayMs) => {
    const take = vi.fn(async () => {});
    const { settled, say } = await ask(take);
    await vi.advanceTimersByTimeAsync(5000);
    await say(true);
    await vi.advanceTimersByTimeAsync(delayMs);

    await say({ configuration: 'c' });
    await vi.advanceTimersByTimeAsync(60_000);

    expect(take).toHaveBeenCalledOnce();
    expect(settled).toHaveBeenCalledExactlyOnceWith('installed');
  });
});

describe('a handover payload', () => {
  const key = new ArrayBuffer(32);

  test.for<[what: string, message: unknown, payload: unknown]>([
    ['a key, as an earlier release sends it', { configuration: 'c', key }, { configuration: 'c', key }],
    [
      'records, as an earlier release sends them',
      { configuration: 'c', records: { session: { tokens: {} }, pending: undefined } },
      { configuration: 'c', records: { session: { tokens: {} } } },
    ],
    ['members that this release does not know', { configuration: 'c', tomorrow: 1 }, { configuration: 'c' }],
    ['a key that is text', { configuration: 'c', key: 'x' }, { configuration: 'c' }],
    ['a key that is a view', { configuration: 'c', key: new Uint8Array(32) }, { configuration: 'c' }],
    ['records that are a list', { configuration: 'c', records: ['x'] }, { configuration: 'c' }],
    ['records that are text', { configuration: 'c', records: 'x' }, { configuration: 'c' }],
  ])('with %s holds what was checked', ([, message, payload]) => {
    expect(parseHandoverPayload(message)).toEqual(payload);
  });

  test.for([true, undefined, null, 'x', [], {}, { configuration: 7 }, { key }, { records: {} }])(
    'is not: %o',
    (message) => {
      expect(parseHandoverPayload(message)).toBeUndefined();
    },
  );

  test('of an earlier release gives this one its records, and no others', async () => {
    const vault = createMemoryVault();
    const { active, say } = activeWorker();
    const onTaken = vi.fn(async () => {});
    const taken = takeOver(
      {
        openVault: { vault, handOverKey: async () => undefined, reseal: async () => {} },
        fingerprint: 'c2',
        isOfSameClient: (fingerprint) => fingerprint === 'c1',
        onTaken,
      },
      active,
    );

    await say({
      configuration: 'c1',
      records: { session: { tokens: 's' }, outbox: { key: 'k' }, update: { other: 1 } },
    });
    await taken;

    expect(await vault.read('session')).toEqual({ tokens: 's' });
    expect(await vault.read('outbox')).toEqual({ key: 'k' });
    expect(await vault.read('pending')).toBeUndefined();
    expect(await vault.read('update')).toBeUndefined();
    expect(onTaken).toHaveBeenCalledOnce();
  });
});

describe('a request for a handover', () => {
  test.for([
    [{ type: 'tokenward:handover', seals: true }, { seals: true }],
    [{ type: 'tokenward:handover', seals: 'yes' }, { seals: false }],
    [{ type: 'tokenward:handover' }, { seals: false }],
    [{ type: 'tokenward:call', seals: true }, undefined],
    ['tokenward:handover', undefined],
    [undefined, undefined],
  ] as const)('is parsed: %o', ([message, request]) => {
    expect(parseHandoverRequest(message)).toEqual(request);
  });
});
