import { hasMembers, hasStrings } from '../../src/protocol/json.ts';
import { MARK_PREFIX } from './start-up-marks.ts';

/** What Chromium is asked to write down; more of it would slow down what is measured. */
export const TRACE_CATEGORIES: readonly string[] = ['-*', 'blink.user_timing', 'ServiceWorker'];

/** Chromium's own event. */
const EVALUATE = 'ServiceWorkerGlobalScopeProxy::EvaluateTopLevelScript';

/**
 * Reads how long Chromium compiled the worker's script, which no page and no worker can see: from when it is handed the script
 * to the script's first mark.
 *
 * @param trace what Chromium has written, as JSON
 * @returns milliseconds, for each start
 * @see https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */
export function readCompileTimes(trace: string): readonly number[] {
  const parsed: unknown = JSON.parse(trace);
  const events: unknown = hasMembers(parsed) ? parsed['traceEvents'] : undefined;
  if (!Array.isArray(events)) throw new Error('The trace holds no events.');
  const moments = events.flatMap(momentOf).toSorted((one, other) => one.atMs - other.atMs);
  return moments.flatMap(({ name, atMs }, index) => {
    const next = moments[index + 1];
    return name === EVALUATE && next?.name === `${MARK_PREFIX}begin` ? [next.atMs - atMs] : [];
  });
}

function momentOf(event: unknown): readonly { readonly name: string; readonly atMs: number }[] {
  if (!hasStrings(event, 'name') || typeof event['ts'] !== 'number') return [];
  const { name } = event;
  return name === EVALUATE || name === `${MARK_PREFIX}begin` ? [{ name, atMs: event['ts'] / 1000 }] : [];
}
