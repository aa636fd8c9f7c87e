import { join } from 'node:path';
import type { BrowserContext } from 'playwright';
import type { TaskMeta } from 'vitest';
import { ROOT } from './build.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** Pictures of the last try that failed, as paths from the root. */
    pictures?: readonly string[];
  }
}

/** A test that has failed. */
interface FailedTest {
  readonly fullTestName: string;
  readonly meta: TaskMeta;
}

/**
 * Takes pictures of the pages of a failed test into `test-results/pictures`.
 *
 * @param takers a function for each page, which writes its picture to a path
 * @param prefix what tells the test from its like in another engine
 */
export async function keepPictures(
  test: FailedTest,
  takers: readonly ((path: string) => Promise<unknown>)[],
  prefix = '',
): Promise<void> {
  const pictures: string[] = [];
  for (const [index, take] of takers.entries()) {
    const path = `test-results/pictures/${prefix}${fileNameOf(test.fullTestName)}-${index + 1}.png`;
    // A page that crashed or hangs cannot be taken, and must not hide why the test failed.
    await take(join(ROOT, path)).then(
      () => pictures.push(path),
      () => undefined,
    );
  }
  test.meta.pictures = pictures;
}

/** Ends the trace of a failed test, and writes it to the file that {@link traceOf} names. */
export async function keepTrace({ fullTestName }: FailedTest, { tracing }: BrowserContext): Promise<void> {
  await tracing.stop({ path: join(ROOT, traceOf(fullTestName)) }).catch(() => undefined);
}

/** Returns the path from the root of a test's trace. */
export function traceOf(fullTestName: string): string {
  return `test-results/traces/${fileNameOf(fullTestName)}.zip`;
}

function fileNameOf(fullTestName: string): string {
  return fullTestName.replaceAll(/[^\w-]+/g, '-').slice(0, 120);
}
