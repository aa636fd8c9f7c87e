import { describe, expect, test } from 'vitest';
import { outcome } from '../attacks/outcome.ts';
import type { Result } from '../attacks/stage.ts';

const LEAK: Result = { hasSucceeded: true, hasSpoils: true, detail: 'a token' };
const NOTHING: Result = { hasSucceeded: false, hasSpoils: false, detail: '' };
const FAULT: Result = { hasSucceeded: true, hasSpoils: false, detail: 'the next call fails' };

/** An attack that ends in one way after another; the last one again and again. */
function ending(...endings: readonly (Result | Error)[]): () => Promise<Result> {
  const left = [...endings];
  return async () => {
    const next = left.length > 1 ? left.shift() : left[0];
    if (next instanceof Error) throw next;
    return next ?? NOTHING;
  };
}

/** A clock that jumps so far ahead each time somebody looks at it, at most so often. */
function jumping(stepMs: number, times: number): () => number {
  let [left, nowMs] = [times, 0];
  return () => {
    if (left > 0) nowMs += stepMs;
    left -= 1;
    return nowMs;
  };
}

describe('the outcome of an attack', () => {
  test.for([LEAK, NOTHING, FAULT])('counts as it comes', async (result) => {
    const { hasSucceeded, lost } = await outcome(ending(result, new Error('a second try')), 1);

    expect([hasSucceeded, lost]).toEqual([result.hasSucceeded, []]);
  });

  test('does not count where the attack could not be run to its end', async () => {
    const { hasSucceeded, lost } = await outcome(ending(new Error('The browser has gone.\nA stack'), LEAK), 1);

    expect([hasSucceeded, lost]).toEqual([true, ['The browser has gone.']]);
  });

  test('stays open where the attack is never run to its end', async () => {
    const { hasSucceeded, lost } = await outcome(ending(new Error('The browser has gone.')), 1);

    expect([hasSucceeded, lost.length]).toEqual([undefined, 2]);
  });

  test.for([NOTHING, FAULT])('does not count where the machine stood still', async (result) => {
    // The clock is looked at when an attack begins and when it ends.
    const { hasSucceeded, lost } = await outcome(ending(result, LEAK), 1, jumping(60_000, 2));

    expect([hasSucceeded, lost.length]).toEqual([true, 1]);
  });

  test('counts where something was got hold of, though the machine stood still', async () => {
    const { hasSucceeded, lost } = await outcome(ending(LEAK, NOTHING), 1, jumping(60_000, 2));

    expect([hasSucceeded, lost]).toEqual([true, []]);
  });

  test('is that of the first round that succeeds', async () => {
    const { hasSucceeded, rounds } = await outcome(ending(NOTHING, LEAK, NOTHING), 3);

    expect([hasSucceeded, rounds]).toEqual([true, 2]);
  });

  test('is that it has failed where no round succeeds', async () => {
    const { hasSucceeded, rounds } = await outcome(ending(NOTHING), 3);

    expect([hasSucceeded, rounds]).toEqual([false, 3]);
  });

  test('counts no round that could not be run to its end', async () => {
    const { hasSucceeded, rounds, lost } = await outcome(ending(NOTHING, new Error('The browser has gone.'), LEAK), 2);

    expect([hasSucceeded, rounds, lost]).toEqual([true, 2, ['The browser has gone.']]);
  });
});
