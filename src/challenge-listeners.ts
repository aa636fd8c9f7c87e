import type { AccessChallenge } from './protocol/access-challenge.ts';
import { hasStrings } from './protocol/json.ts';

/** Hears of each challenge that a request of this page has met. */
export type ChallengeListener = (challenge: AccessChallenge) => void;

/** Who is told of challenges. */
export interface ChallengeListeners {
  /**
   * @param listener called at every challenge
   * @returns ends it
   */
  readonly add: (listener: ChallengeListener) => () => void;
  readonly tell: (challenge: AccessChallenge) => void;
}

/** Nobody, at first. */
export function createChallengeListeners(): ChallengeListeners {
  const listeners = new Set<ChallengeListener>();
  return {
    add: (listener) => {
      // A function of its own: one listener may be added twice.
      const tell: ChallengeListener = (challenge) => listener(challenge);
      listeners.add(tell);
      return () => void listeners.delete(tell);
    },
    tell: (challenge) => {
      for (const listener of listeners) listener(challenge);
    },
  };
}

/** Whether a value is a challenge; the worker has parsed what stands in it. */
export function isChallenge(value: unknown): value is AccessChallenge {
  return hasStrings(value, 'error', 'url', 'method');
}
