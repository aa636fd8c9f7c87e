import { hasMembers, hasStrings } from '../../src/protocol/json.ts';
import { MARK_PREFIX } from './start-up-marks.ts';

/** What Chromium is asked to write down; more of it would slow down what is measured. */
export const TRACE_CATEGORIES: readonly string[] = ['-*', 'blink.user_timing', 'ServiceWorker'];

/** When each thing of a round happened, in milliseconds since the page's request; the first time counts. */
export type RoundMoments = ReadonlyMap<string, number>;

/** Chromium's own events, by what they are here. */
const BROWSER_EVENTS: Readonly<Record<string, string>> = {
  'ServiceWorkerGlobalScopeProxy::EvaluateTopLevelScript': 'evaluate',
  'ServiceWorkerGlobalScopeProxy::DidEvaluateTopLevelScript': 'evaluated',
};

/**
 * Reads the rounds of a trace.
 *
 * @param trace what Chromium has written, as JSON
 * @see https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */
export function readRounds(trace: string): readonly RoundMoments[] {
  const parsed: unknown = JSON.parse(trace);
  const events: unknown = hasMembers(parsed) ? parsed['traceEvents'] : undefined;
  if (!Array.isArray(events)) throw new Error('The trace holds no events.');
  const moments = events.flatMap(momentOf).toSorted((one, other) => one.atMs - other.atMs);
  const rounds: { readonly startedAtMs: number; readonly moments: Map<string, number> }[] = [];
  for (const { name, atMs } of moments) {
    if (name === 'page') rounds.push({ startedAtMs: atMs, moments: new Map() });
    const round = rounds.at(-1);
    if (round && !round.moments.has(name)) round.moments.set(name, atMs - round.startedAtMs);
  }
  return rounds.map((round) => round.moments);
}

function momentOf(event: unknown): readonly { readonly name: string; readonly atMs: number }[] {
  if (!hasStrings(event, 'name') || typeof event['ts'] !== 'number') return [];
  const atMs = event['ts'] / 1000;
  if (event.name.startsWith(MARK_PREFIX)) return [{ name: event.name.slice(MARK_PREFIX.length), atMs }];
  const name = BROWSER_EVENTS[event.name];
  return name === undefined ? [] : [{ name, atMs }];
}
