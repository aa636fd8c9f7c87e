import { untilTrue } from '../support/until.ts';

export { comesTrue } from '../support/until.ts';

/** Time limit for a step, in milliseconds: a sign-in with its pages takes a busy machine longer than a page in a test may take. */
export const STEP_TIMEOUT_MS = 60_000;

/**
 * Waits until a condition holds.
 *
 * @param what what is waited for, for the error
 * @param holds asked again and again; what it throws counts as no, since a page may be on its way
 */
export function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  return untilTrue(holds, () => what, { timeoutMs: STEP_TIMEOUT_MS });
}
