import type { AccessChallenge } from '../protocol/access-challenge.ts';
import { hasMembers } from '../protocol/json.ts';
import { warn } from './platform.ts';

/**
 * Listener for challenges that requests of this page have met. If it returns a promise, and the configuration sets `stepUpWaitSeconds`,
 * the request waits while the promise is pending.
 */
export type ChallengeListener = (challenge: AccessChallenge) => unknown;

/** Channel on which the worker waits for the answer to a challenge. */
export type AnswerPort = Pick<MessagePort, 'postMessage'>;

/** Listeners for challenges, and the answers that requests wait for. */
export class ChallengeListeners {
  readonly #listeners: Set<ChallengeListener> = new Set();
  /** Answers that are pending, by what is required: requests with the same requirement wait for the same answer. */
  readonly #pending: Map<string, Promise<boolean>> = new Map();

  /** Adds a listener. Returns the function that removes it. */
  readonly add = (listener: ChallengeListener): (() => void) => {
    // Use a new function, because one listener may be added twice.
    const own: ChallengeListener = (challenge) => listener(challenge);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  };

  /**
   * Calls the listeners.
   *
   * @param port channel of the worker, if it waits for an answer
   */
  tell(challenge: AccessChallenge, port?: AnswerPort): void {
    if (!port) {
      this.#call(challenge);
      return;
    }
    const key = keyOf(challenge);
    let answer: Promise<boolean> | undefined;
    try {
      answer = this.#pending.get(key) ?? this.#begin(challenge, key);
    } finally {
      port.postMessage(answer ? 'waiting' : 'not-answered');
    }
    void answer?.then((isAnswered) => port.postMessage(isAnswered ? 'answered' : 'not-answered'));
  }

  /** Calls the listeners for a request that waits; `undefined` if none of them returns a promise. */
  #begin(challenge: AccessChallenge, key: string): Promise<boolean> | undefined {
    const promises = this.#call(challenge).filter(isPromise);
    if (promises.length === 0) return undefined;
    const answer = Promise.all(promises).then(
      () => true,
      (error: unknown) => {
        warn(`A listener of onChallenge() has not answered ${challenge.error}: ${String(error)}`);
        return false;
      },
    );
    this.#pending.set(key, answer);
    void answer.finally(() => this.#pending.delete(key));
    return answer;
  }

  #call(challenge: AccessChallenge): readonly unknown[] {
    return Array.from(this.#listeners, (listener) => listener(challenge));
  }
}

/** Whether a value is a promise, of whatever library. */
function isPromise(value: unknown): boolean {
  return hasMembers(value) && typeof value['then'] === 'function';
}

/** Returns the requirement of a challenge, whatever the request. */
export function keyOf({ error, scopes, acrValues, maxAge, claims }: AccessChallenge): string {
  return JSON.stringify([error, scopes, acrValues, maxAge, claims]);
}
