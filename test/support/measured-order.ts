import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { secondsOf } from '../durations.ts';
import { ROOT } from './build.ts';

/**
 * Sorts the files that took longest first, and leaves the order of the others: a long file that starts last runs on alone when all others
 * have ended. Vitest itself knows only the runs on this machine, and otherwise the size of a file.
 */
export function longestFirst<T extends { readonly moduleId: string }>(files: readonly T[]): T[] {
  const seconds = ({ moduleId }: T): number => secondsOf(relative(ROOT, moduleId).replaceAll('\\', '/'));
  return files.toSorted((one, other) => seconds(other) - seconds(one));
}

/** Order in which Vitest starts the files of each group. */
export class MeasuredOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return longestFirst(await super.sort.call(this, files));
  }
}
