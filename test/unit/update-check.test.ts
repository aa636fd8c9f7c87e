import { describe, expect, test, vi } from 'vitest';
import { createUpdateCheck } from '../../sw/lifecycle/update-check.ts';
import { createMemoryVault } from '../../sw/vault/memory-vault.ts';

const HOUR_MS = 3_600_000;

/** A registration whose updates a test lets fail, and a worker that may be started again. */
function setUp() {
  const clock = { nowMs: 1_800_000_000_000 };
  const server = { isFailing: false };
  const vault = createMemoryVault();
  const tell = vi.fn(async () => {});
  const update = vi.fn(async () => {
    if (server.isFailing) throw new TypeError('A bad HTTP response code (431) was received when fetching the script.');
  });
  const start = (): (() => Promise<void>) =>
    createUpdateCheck({ vault, registration: { update }, tripwires: { tell }, now: () => clock.nowMs });
  /** Calls the check once an hour, each time in a worker that has just started. */
  const pass = async (hours: number): Promise<void> => {
    for (let hour = 0; hour < hours; hour++) {
      clock.nowMs += HOUR_MS;
      await start()();
    }
  };
  return { clock, server, vault, tell, update, start, pass };
}

test('begins an hour after the first call, and is made once a day while it succeeds', async () => {
  const { pass, update, tell } = setUp();

  await pass(1);
  expect(update).not.toHaveBeenCalled();
  await pass(1);
  expect(update).toHaveBeenCalledTimes(1);
  await pass(23);
  expect(update).toHaveBeenCalledTimes(1);
  await pass(1);

  expect(update).toHaveBeenCalledTimes(2);
  expect(tell).not.toHaveBeenCalled();
});

describe('a check for which the browser does not get the script', () => {
  test('is made once an hour, and reported from the third failure in a row, whichever worker found the others', async () => {
    const { pass, server, update, tell } = setUp();
    server.isFailing = true;

    await pass(3);
    expect(update).toHaveBeenCalledTimes(2);
    expect(tell).not.toHaveBeenCalled();
    await pass(1);
    expect(tell.mock.calls).toEqual([['update_failed', 'reported']]);
    await pass(2);

    expect(tell).toHaveBeenCalledTimes(3);
  });

  test('forgets the failures when one check succeeds', async () => {
    const { pass, server, tell } = setUp();
    server.isFailing = true;
    await pass(3);

    server.isFailing = false;
    await pass(1);
    server.isFailing = true;
    await pass(23 + 2);

    expect(tell).not.toHaveBeenCalled();
    await pass(1);
    expect(tell).toHaveBeenCalledOnce();
  });

  test('counts no failure twice, however often it is called', async () => {
    const { pass, clock, server, start, update, tell } = setUp();
    server.isFailing = true;
    await pass(1);

    clock.nowMs += HOUR_MS;
    const check = start();
    await Promise.all([check(), check(), check()]);
    await Promise.all([check(), start()()]);

    expect(update).toHaveBeenCalledOnce();
    expect(tell).not.toHaveBeenCalled();
  });
});

test('is not put off by a clock that was wrong', async () => {
  const { pass, clock, update } = setUp();
  clock.nowMs += 400 * 24 * HOUR_MS;
  await pass(2);
  expect(update).toHaveBeenCalledOnce();

  clock.nowMs -= 400 * 24 * HOUR_MS;
  await pass(1);

  expect(update).toHaveBeenCalledTimes(2);
});

test('is stored before it is made: a new version that ends the worker meanwhile makes none at once', async () => {
  const { pass, clock, vault, update, start } = setUp();
  await pass(1);
  clock.nowMs += HOUR_MS;
  update.mockReturnValueOnce(new Promise(() => {}));
  void start()();
  await expect.poll(() => update).toHaveBeenCalledOnce();

  await pass(3);

  expect(update).toHaveBeenCalledOnce();
  expect(await vault.read('update')).toMatchObject({ failures: 0 });
});

test.for([[null], [{ nextAtMs: 'soon', failures: 0 }], [{ nextAtMs: 0, failures: '3' }], [[]]])(
  'begins again if the record holds something else: %j',
  async ([record]) => {
    const { pass, vault, update, tell } = setUp();
    await vault.write('update', record);

    await pass(1);
    expect(update).not.toHaveBeenCalled();
    await pass(1);

    expect(update).toHaveBeenCalledOnce();
    expect(tell).not.toHaveBeenCalled();
  },
);
