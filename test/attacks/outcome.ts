import { LostBrowserError } from './lost-browser.ts';
import type { Result } from './stage.ts';
import type { Ending } from './table.ts';

/** How often one round of an attack is begun at most. */
const MAX_TRIES = 3;

/**
 * How an attack ended that is run again, as an attacker would, until it succeeds.
 *
 * @param mostRounds how often it is run to its end at most
 */
export async function outcome(run: () => Promise<Result>, mostRounds: number): Promise<Ending> {
  const lost: string[] = [];
  for (let rounds = 1; ; rounds += 1) {
    const round = await outcomeOfRound(run);
    lost.push(...round.lost);
    if (round.hasSucceeded !== false || rounds === mostRounds) return { ...round, lost, rounds };
  }
}

/**
 * A round whose browser was lost says nothing, for or against, and gets another try. Any other round counts, one that could not be run to
 * its end as well: a step that failed may fail for what the attack has done.
 */
async function outcomeOfRound(run: () => Promise<Result>): Promise<Omit<Ending, 'rounds'>> {
  const lost: string[] = [];
  for (;;) {
    const { isBrowserLost, ...ending } = await endingOf(run);
    if (!isBrowserLost || lost.length === MAX_TRIES - 1) return { ...ending, lost };
    lost.push(ending.detail);
  }
}

/** How one try ended. */
interface TryEnding extends Omit<Ending, 'lost' | 'rounds'> {
  readonly isBrowserLost: boolean;
}

async function endingOf(run: () => Promise<Result>): Promise<TryEnding> {
  try {
    return { ...(await run()), isBrowserLost: false };
  } catch (error) {
    return {
      hasSucceeded: undefined,
      hasSpoils: false,
      detail: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
      isBrowserLost: error instanceof LostBrowserError,
    };
  }
}

/** The details of an ending, with those of what did not count. */
export function said({ detail, lost, rounds }: Ending): string {
  const again = rounds > 1 ? [`in ${rounds} rounds`] : [];
  return [detail, ...again, ...lost.map((reason) => `at a try before: ${reason}`)].join('; ');
}
