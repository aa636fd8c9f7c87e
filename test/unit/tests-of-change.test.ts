import { describe, expect, test } from 'vitest';
import durations from '../durations.json' with { type: 'json' };
import { withinTime } from '../tests-of-change.ts';

const LONG = 'test/e2e/providers.test.ts';
const SHORT = ['test/e2e/prefetched.test.ts', 'test/e2e/policy-paths.test.ts'];

describe('the tests of a change', () => {
  test('are all but the end-to-end tests that take too long, in their order', () => {
    const tests = [LONG, ...SHORT, 'test/unit/flag.test.ts', 'test/browser/'];

    expect(withinTime(tests, [])).toEqual({
      chosen: ['test/unit/flag.test.ts', 'test/browser/', ...SHORT],
      left: [LONG],
    });
  });

  test('have the end-to-end tests that have changed, whatever they take', () => {
    expect(withinTime([...SHORT, LONG], [LONG])).toEqual({ chosen: [LONG], left: SHORT });
  });

  test('take a minute and a half together, and a file that is not measured yet is taken for a third of it', () => {
    const unmeasured = [1, 2, 3, 4].map((number) => `test/e2e/not-measured-${number}.test.ts`);

    expect(withinTime(unmeasured, [])).toEqual({ chosen: unmeasured.slice(0, 3), left: unmeasured.slice(3) });
  });

  test('are the first ones of a list that is too long', () => {
    const { chosen, left } = withinTime(Object.keys(durations), []);

    expect(chosen).not.toEqual([]);
    expect([...chosen, ...left].toSorted()).toEqual(Object.keys(durations).toSorted());
  });
});
