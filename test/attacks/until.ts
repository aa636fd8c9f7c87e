import { untilTrue } from '../support/until.ts';

export { comesTrue } from '../support/until.ts';

/**
 * Waits until a condition holds.
 *
 * @param what what is waited for, for the error
 * @param holds asked again and again; what it throws counts as no, since a page may be on its way
 */
export function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  return untilTrue(holds, () => what);
}
