import type { Result } from './stage.ts';
import { watchForStandstill } from './standstill.ts';
import type { Ending } from './table.ts';

/** How often one round of an attack is begun at most. */
const MAX_TRIES = 3;

/**
 * How an attack ended that is run again, as an attacker would, until it succeeds.
 *
 * @param mostRounds how often it is run to its end at most
 * @param now the clock, in milliseconds
 */
export async function outcome(run: () => Promise<Result>, mostRounds: number, now?: () => number): Promise<Ending> {
  const lost: string[] = [];
  for (let rounds = 1; ; rounds += 1) {
    const round = await outcomeOfRound(run, now);
    lost.push(...round.lost);
    if (round.hasSucceeded !== false || rounds === mostRounds) return { ...round, lost, rounds };
  }
}

/**
 * A round that could not be run to its end says nothing, for or against, and gets another try; so does one that came to nothing on
 * a machine that stood still meanwhile.
 */
async function outcomeOfRound(run: () => Promise<Result>, now?: () => number): Promise<Omit<Ending, 'rounds'>> {
  const lost: string[] = [];
  for (;;) {
    const { value, stoodStill } = await watchForStandstill(() => ending(run), now);
    const counts = value.hasSpoils || (value.hasSucceeded !== undefined && !stoodStill);
    if (counts || lost.length === MAX_TRIES - 1) return { ...value, lost };
    lost.push(value.detail || 'a standstill');
  }
}

async function ending(run: () => Promise<Result>): Promise<Omit<Ending, 'lost' | 'rounds'>> {
  try {
    return await run();
  } catch (error) {
    return {
      hasSucceeded: undefined,
      hasSpoils: false,
      detail: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
    };
  }
}

/** The details of an ending, with those of what did not count. */
export function said({ detail, lost, rounds }: Ending): string {
  const again = rounds > 1 ? [`in ${rounds} rounds`] : [];
  return [detail, ...again, ...lost.map((reason) => `at a try before: ${reason}`)].join('; ');
}
