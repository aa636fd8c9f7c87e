import { describe, expect, test } from 'vitest';
import { LostBrowserError } from '../attacks/lost-browser.ts';
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

describe('the outcome of an attack', () => {
  test.for([LEAK, NOTHING, FAULT])('counts as it comes', async (result) => {
    const { hasSucceeded, lost } = await outcome(ending(result, new Error('a second try')), 1);

    expect([hasSucceeded, lost]).toEqual([result.hasSucceeded, []]);
  });

  test('does not count where the browser was lost', async () => {
    const { hasSucceeded, lost } = await outcome(
      ending(new LostBrowserError('The browser has gone.\nA stack'), LEAK),
      1,
    );

    expect([hasSucceeded, lost]).toEqual([true, ['The browser has gone.']]);
  });

  test('stays open where the browser is lost again and again', async () => {
    const { hasSucceeded, lost } = await outcome(ending(new LostBrowserError('The browser has gone.')), 1);

    expect([hasSucceeded, lost.length]).toEqual([undefined, 2]);
  });

  test('stays open where a step of the attack has failed, and the attack does not begin again', async () => {
    const { hasSucceeded, detail, lost } = await outcome(
      ending(new Error('The page never came.\nA stack'), NOTHING),
      3,
    );

    expect([hasSucceeded, detail, lost]).toEqual([undefined, 'The page never came.', []]);
  });

  test('is that of the first round that succeeds', async () => {
    const { hasSucceeded, rounds } = await outcome(ending(NOTHING, LEAK, NOTHING), 3);

    expect([hasSucceeded, rounds]).toEqual([true, 2]);
  });

  test('is that it has failed where no round succeeds', async () => {
    const { hasSucceeded, rounds } = await outcome(ending(NOTHING), 3);

    expect([hasSucceeded, rounds]).toEqual([false, 3]);
  });

  test('counts no round whose browser was lost', async () => {
    const gone = new LostBrowserError('The browser has gone.');
    const { hasSucceeded, rounds, lost } = await outcome(ending(NOTHING, gone, LEAK), 2);

    expect([hasSucceeded, rounds, lost]).toEqual([true, 2, ['The browser has gone.']]);
  });
});
