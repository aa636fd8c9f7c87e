import { expect, test, vi } from 'vitest';
import { waitForEarlierVersions } from '../../sw/lifecycle/earlier-versions.ts';

test.for([0, 1, 7])('a new version waits while an earlier one is not active yet: %i looks', async (looks) => {
  let left = looks;
  const delay = vi.fn(async () => {
    left -= 1;
  });

  await waitForEarlierVersions(() => left > 0, delay);

  expect(delay).toHaveBeenCalledTimes(looks);
});

test('a new version waits for twenty seconds, and no longer: an earlier one may wait until its user agrees', async () => {
  let waitedMs = 0;

  await waitForEarlierVersions(
    () => true,
    async (delayMs) => {
      waitedMs += delayMs;
    },
  );

  expect(waitedMs).toBe(20_000);
});
