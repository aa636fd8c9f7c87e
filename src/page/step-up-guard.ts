import type { AccessChallenge } from '../protocol/access-challenge.ts';
import { TokenwardError } from '../protocol/error.ts';
import type { Session } from '../protocol/session.ts';
import { keyOf } from './challenge-listeners.ts';
import { recall, remember } from './platform.ts';

/** Time in which a sign-in for the same requirement is not begun again, in milliseconds: it stops a loop of sign-ins. */
const UNMET_MS = 5 * 60_000;

/** Shortest such time, for an API that requires a more recent sign-in than that. */
const LEAST_UNMET_MS = 30_000;

/**
 * Guard against an API that requires the same again after the sign-in for it, with a note in the storage of this tab. A sign-in that has
 * failed, or that the user has left, does not count.
 */
export class StepUpGuard {
  readonly #name: string;
  readonly #session: () => Session;

  /**
   * @param scope scope of the worker
   * @param session returns the session
   */
  constructor(scope: string, session: () => Session) {
    this.#name = `step-up ${scope}`;
    this.#session = session;
  }

  /**
   * Checks that a challenge has not been answered by a sign-in just now.
   *
   * @throws {@link TokenwardError} `step_up_unmet`
   */
  check(challenge: AccessChallenge): void {
    const session = this.#session();
    const { maxAge = Infinity, error, method, url } = challenge;
    const [key, since = '', before] = recall('sessionStorage', this.#name)?.split('\n') ?? [];
    const limitMs = Math.min(UNMET_MS, Math.max(LEAST_UNMET_MS, maxAge * 1000));
    const isRecent = Math.abs(Date.now() - Number(since)) < limitMs;
    if (key !== noteOf(challenge) || !isRecent || session.lastError || before === idOf(session)) return;
    throw new TokenwardError(
      'step_up_unmet',
      `login(): ${method} ${url} says ${error} again, although the user has just signed in for it. Compare what the API requires with what the authorization server puts into the access token.`,
    );
  }

  /** Notes that a sign-in for a challenge begins. */
  note(challenge: AccessChallenge): void {
    remember('sessionStorage', this.#name, [noteOf(challenge), Date.now(), idOf(this.#session())].join('\n'));
  }
}

/** Returns the requirement of a challenge without times, which an API may set anew in each. */
function noteOf({ claims, ...others }: AccessChallenge): string {
  return keyOf(claims === undefined ? others : { ...others, claims: claims.replaceAll(/\d{9,}/g, 'time') });
}

/** Returns what changes with each sign-in. */
function idOf(session: Session): string {
  return session.status === 'signed-in' ? String(session.expiresAtMs) : session.status;
}
