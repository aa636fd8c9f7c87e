import { runInNewContext } from 'node:vm';
import { describe, expect, test, vi } from 'vitest';
import { ChallengeListeners } from '../../src/page/challenge-listeners.ts';
import type { AccessChallenge } from '../../src/protocol/access-challenge.ts';

const CHALLENGE: AccessChallenge = {
  error: 'insufficient_scope',
  url: 'https://api.example/v1',
  method: 'GET',
  scopes: ['notes:write'],
};

/** A channel of the worker, and what the page has said on it. */
function portOf() {
  const said: unknown[] = [];
  return { said, postMessage: (message: unknown): void => void said.push(message) };
}

describe('listeners for challenges', () => {
  test('are called until they are removed', () => {
    const listeners = new ChallengeListeners();
    const listener = vi.fn();
    const stop = listeners.add(listener);

    listeners.tell(CHALLENGE);
    stop();
    listeners.tell(CHALLENGE);

    expect(listener.mock.calls).toEqual([[CHALLENGE]]);
  });

  test.for<[what: string, listener: () => unknown, said: readonly string[]]>([
    ['none', () => undefined, ['not-answered']],
    ['no promise', () => 7, ['not-answered']],
    ['a promise', async () => {}, ['waiting', 'answered']],
    ['a promise of another realm', () => runInNewContext('Promise.resolve()'), ['waiting', 'answered']],
    ['a promise that rejects', () => Promise.reject(new Error('no')), ['waiting', 'not-answered']],
  ])('that return %s answer a request that waits accordingly', async ([, listener, expected]) => {
    vi.spyOn(console, 'warn').mockReturnValue();
    const listeners = new ChallengeListeners();
    listeners.add(listener);
    const { said, postMessage } = portOf();

    listeners.tell(CHALLENGE, { postMessage });

    await expect.poll(() => said).toEqual(expected);
  });

  test('let the request go on if there are none, or one throws', () => {
    const listeners = new ChallengeListeners();
    const [first, second] = [portOf(), portOf()];
    listeners.tell(CHALLENGE, first);
    listeners.add(() => {
      throw new Error('no');
    });

    expect(() => listeners.tell(CHALLENGE, second)).toThrow('no');
    expect([first.said, second.said]).toEqual([['not-answered'], ['not-answered']]);
  });

  test('are called once for all requests that wait for the same, and again afterwards', async () => {
    const listeners = new ChallengeListeners();
    let resolve = (): void => {};
    const listener = vi.fn(
      () =>
        new Promise<void>((settle) => {
          resolve = settle;
        }),
    );
    listeners.add(listener);
    const ports = [portOf(), portOf(), portOf(), portOf()];
    const [first, second, other, later] = ports;

    listeners.tell(CHALLENGE, first);
    listeners.tell({ ...CHALLENGE, url: 'https://api.example/v2', method: 'POST', claimsProof: 'x' }, second);
    expect(listener).toHaveBeenCalledTimes(1);
    listeners.tell({ ...CHALLENGE, scopes: ['reports:read'] }, other);
    expect(listener).toHaveBeenCalledTimes(2);
    resolve();
    await expect.poll(() => other?.said).toEqual(['waiting', 'answered']);

    expect(first?.said).toEqual(['waiting']);
    listeners.tell({ ...CHALLENGE, scopes: ['reports:read'] }, later);
    expect(listener).toHaveBeenCalledTimes(3);
  });
});
