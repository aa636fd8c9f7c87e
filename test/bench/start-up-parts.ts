import { median } from './statistics.ts';
import type { RoundMoments } from './start-up-trace.ts';

/** A part of a start, between two moments of it. */
interface Part {
  readonly name: string;
  readonly title: string;
  readonly from: string;
  readonly to: string;
  /** `browser`: any worker has it. `aside`: runs beside the others, and costs what they wait for it. */
  readonly whose: 'browser' | 'tokenward' | 'aside';
}

/** One after the other, from the page's request to the answer, but for those aside. */
const PARTS: readonly Part[] = [
  { name: 'thread', title: 'browser: a thread for the worker', from: 'page', to: 'evaluate', whose: 'browser' },
  { name: 'compile', title: 'script: compile', from: 'evaluate', to: 'begin', whose: 'tokenward' },
  { name: 'define', title: 'script: define the library', from: 'begin', to: 'library', whose: 'tokenward' },
  { name: 'start', title: 'script: start()', from: 'library', to: 'started', whose: 'tokenward' },
  { name: 'dispatch', title: 'browser: hand over the request', from: 'started', to: 'event', whose: 'browser' },
  { name: 'match', title: 'first match', from: 'event', to: 'matched', whose: 'tokenward' },
  { name: 'wait', title: 'wait for the vault', from: 'matched', to: 'unsealed', whose: 'tokenward' },
  { name: 'handOn', title: 'session, header, fetch', from: 'unsealed', to: 'handed-on', whose: 'tokenward' },
  { name: 'network', title: 'network and answer', from: 'handed-on', to: 'end', whose: 'browser' },
  { name: 'key', title: 'vault: derive the key', from: 'derive', to: 'key', whose: 'aside' },
  { name: 'open', title: 'vault: open IndexedDB', from: 'open', to: 'opened', whose: 'aside' },
  { name: 'read', title: 'vault: read the record', from: 'opened', to: 'read', whose: 'aside' },
  { name: 'decrypt', title: 'vault: decrypt', from: 'decrypt', to: 'decrypted', whose: 'aside' },
];

/** A part's medians over all rounds, in milliseconds. */
export interface PartTimes extends Part {
  /** Where the medians of the parts before it end; for one aside, as long after its worker's script as in a median round. */
  readonly beginsAtMs: number;
  readonly takesMs: number;
}

/** @throws Error if a moment is missing in a round */
export function timesOf(rounds: readonly RoundMoments[]): readonly PartTimes[] {
  const complete = rounds.map(withUnsealed);
  let scriptBeginsAtMs = 0;
  let endsAtMs = 0;
  return PARTS.map((part) => {
    const takesMs = medianBetween(complete, part.from, part.to);
    if (part.whose === 'aside')
      return { ...part, beginsAtMs: scriptBeginsAtMs + medianBetween(complete, 'evaluate', part.from), takesMs };
    const beginsAtMs = endsAtMs;
    endsAtMs += takesMs;
    if (part.from === 'evaluate') scriptBeginsAtMs = beginsAtMs;
    return { ...part, beginsAtMs, takesMs };
  });
}

/** The medians of what lies between two moments. */
export function medianBetween(rounds: readonly RoundMoments[], from: string, to: string): number {
  return median(rounds.map((moments) => momentOf(moments, to) - momentOf(moments, from)));
}

/** The request has what it waits for as soon as there is a request and the record is open. */
function withUnsealed(moments: RoundMoments): RoundMoments {
  return new Map(moments).set('unsealed', Math.max(momentOf(moments, 'matched'), momentOf(moments, 'decrypted')));
}

function momentOf(moments: RoundMoments, name: string): number {
  const atMs = moments.get(name);
  if (atMs === undefined) throw new Error(`A round has no "${name}".`);
  return atMs;
}
