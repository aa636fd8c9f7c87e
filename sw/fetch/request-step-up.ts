import type { AccessChallenge } from '../../src/protocol/access-challenge.ts';
import type { ProtectedResource } from '../../src/configuration/protected-resource.ts';
import type { Access } from './access.ts';
import { findStepUp, type StepUp } from './challenge.ts';
import { addressOf } from './request-watch.ts';

/** Question to the page that sent a request. */
export interface StepUpQuestion {
  readonly challenge: AccessChallenge;
  /** Reason why the claims of the challenge are not requested. */
  readonly claimsRefusal: string | undefined;
  /** Time for which the answer is waited for, in milliseconds. */
  readonly waitMs: number;
  /** Signal that the page does not wait any more. */
  readonly signal: AbortSignal;
}

/** Answers of the page to a step-up. */
export interface StepUpAnswers<A extends Access> {
  /** Notifies the page, and waits while it answers the challenge. @returns whether the page says that it has */
  readonly ask: (question: StepUpQuestion) => Promise<boolean>;
  /** Gets access by a token that has come after another one, for the same user; `undefined` if there is none. */
  readonly accessAfter: (before: A) => Promise<A | undefined>;
  /** Notes that a resource has required the same again after the sign-in. */
  readonly noteUnmet: (challenge: AccessChallenge) => void;
}

/** Effects of the step-up of a request. */
export interface RequestStepUpParts<A extends Access> {
  readonly tell: (challenge: AccessChallenge, claimsRefusal?: string) => void;
  readonly answers: StepUpAnswers<A> | undefined;
  /** Whether the request can be sent once more: its body was kept. */
  readonly canReplay: () => Promise<boolean>;
}

/** Step-up of one request: one question to its page at most, and one more attempt. */
export class RequestStepUp<A extends Access> {
  readonly #request: Request;
  readonly #resource: ProtectedResource;
  readonly #parts: RequestStepUpParts<A>;
  /** Requirement that the page knows of. */
  #asked: string | undefined;
  #outcome: 'none' | 'left' | 'replayed' = 'none';

  constructor(request: Request, resource: ProtectedResource, parts: RequestStepUpParts<A>) {
    this.#request = request;
    this.#resource = resource;
    this.#parts = parts;
  }

  /**
   * Gets access that a response requires: by a token that has come while the request was under way, or after a sign-in of the page.
   *
   * @returns `undefined` if the response requires no step-up, the resource does not wait, or there is no such access
   */
  async accessAfter(response: Response, before: A): Promise<A | undefined> {
    const { answers, canReplay } = this.#parts;
    const { stepUpWaitMs: waitMs } = this.#resource;
    if (!answers || waitMs === undefined || this.#outcome !== 'none') return undefined;
    const stepUp = findStepUp(response, this.#resource);
    if (!stepUp || !(await canReplay())) return undefined;
    this.#outcome = 'left';
    let access = await answers.accessAfter(before);
    if (!access) {
      this.#asked = keyOf(stepUp);
      const { claimsRefusal } = stepUp;
      const challenge = this.#challengeOf(stepUp);
      const isAnswered = await answers.ask({ challenge, claimsRefusal, waitMs, signal: this.#request.signal });
      if (isAnswered) access = await answers.accessAfter(before);
    }
    if (access) this.#outcome = 'replayed';
    return access;
  }

  /** Reports the step-up that the response for the page requires, unless the page knows of it. */
  report(response: Response): void {
    const { tell, answers } = this.#parts;
    const stepUp = findStepUp(response, this.#resource);
    if (!stepUp) return;
    if (this.#asked !== keyOf(stepUp)) tell(this.#challengeOf(stepUp), stepUp.claimsRefusal);
    else if (this.#outcome === 'replayed') answers?.noteUnmet(this.#challengeOf(stepUp));
  }

  #challengeOf({ requirement }: StepUp): AccessChallenge {
    return { ...requirement, url: addressOf(this.#request), method: this.#request.method };
  }
}

function keyOf({ requirement }: StepUp): string {
  return JSON.stringify(requirement);
}
