import { join } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { ROOT } from './build.ts';

/**
 * Files that take long for their size, because their tests are rows of a table elsewhere. Without a record of earlier runs, as in CI, Vitest
 * starts large files first; started last, such a file runs on alone when all others have ended.
 */
export const LONG_FILES: readonly string[] = ['test/e2e/providers.test.ts'].map((file) => join(ROOT, file));

/** Moves the long files before all others, and leaves the order as it is otherwise. */
export function longFilesFirst<T extends { readonly moduleId: string }>(files: readonly T[]): T[] {
  const isLong = ({ moduleId }: T): boolean => LONG_FILES.includes(join(moduleId));
  return [...files.filter(isLong), ...files.filter((file) => !isLong(file))];
}

/** Order in which Vitest starts the files of each group. */
export class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return longFilesFirst(await super.sort.call(this, files));
  }
}
