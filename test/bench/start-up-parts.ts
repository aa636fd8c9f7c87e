import { median } from './statistics.ts';

/**
 * When each thing of a start happened, in milliseconds since the page's request; the first time counts. `evaluate` is when the
 * script was about to be compiled; where only the page is there to tell, it is when the worker came to be, which is a little earlier.
 */
export type StartMoments = ReadonlyMap<string, number>;

/**
 * What has started a worker: a request, after the browser had stopped it, or an update, which starts another version. In the second
 * case requests come when the worker is there, and it has its key from the version before.
 */
export type StartKind = 'stop' | 'version';

/** A part of a start, between two moments of it. */
interface Part {
  readonly name: string;
  readonly title: string;
  readonly from: string;
  readonly to: string;
  /** `browser`: any worker has it. `aside`: runs beside the others, and costs what they wait for it. */
  readonly whose: 'browser' | 'tokenward' | 'aside';
  /** Whether the start of another version has it too. */
  readonly kinds: readonly StartKind[];
  /** Whether the worker may have it in another part: where the browser does not say that this is another start, it puts nothing off. */
  readonly isOptional?: true;
}

const STOP: readonly StartKind[] = ['stop'];
const BOTH: readonly StartKind[] = ['stop', 'version'];

/** One after the other, from the page's request to the answer, but for those aside. */
export const PARTS: readonly Part[] = [
  {
    name: 'thread',
    title: 'browser: a thread for the worker',
    from: 'page',
    to: 'evaluate',
    whose: 'browser',
    kinds: STOP,
  },
  { name: 'compile', title: 'script: compile', from: 'evaluate', to: 'begin', whose: 'tokenward', kinds: BOTH },
  {
    name: 'define',
    title: 'script: define the library',
    from: 'begin',
    to: 'library',
    whose: 'tokenward',
    kinds: BOTH,
  },
  { name: 'start', title: 'script: start()', from: 'library', to: 'started', whose: 'tokenward', kinds: BOTH },
  {
    name: 'dispatch',
    title: 'browser: hand over the request',
    from: 'started',
    to: 'event',
    whose: 'browser',
    kinds: STOP,
  },
  { name: 'match', title: 'first match', from: 'event', to: 'matched', whose: 'tokenward', kinds: BOTH },
  { name: 'wait', title: 'wait for the vault', from: 'matched', to: 'unsealed', whose: 'tokenward', kinds: STOP },
  {
    name: 'handOn',
    title: 'session, header, fetch',
    from: 'unsealed',
    to: 'handed-on',
    whose: 'tokenward',
    kinds: STOP,
  },
  { name: 'network', title: 'network and answer', from: 'handed-on', to: 'end', whose: 'browser', kinds: STOP },
  {
    name: 'assemble',
    title: 'script: put the rest together',
    from: 'assemble',
    to: 'assembled',
    whose: 'aside',
    kinds: STOP,
    isOptional: true,
  },
  { name: 'key', title: 'vault: derive the key', from: 'derive', to: 'key', whose: 'aside', kinds: BOTH },
  { name: 'open', title: 'vault: open IndexedDB', from: 'open', to: 'opened', whose: 'aside', kinds: BOTH },
  { name: 'read', title: 'vault: read the record', from: 'opened', to: 'read', whose: 'aside', kinds: BOTH },
  { name: 'decrypt', title: 'vault: decrypt', from: 'decrypt', to: 'decrypted', whose: 'aside', kinds: BOTH },
];

/** A part's medians over all starts, in milliseconds. */
export interface PartTimes extends Part {
  /** Where the medians of the parts before it end; for one aside, as long after its worker's script as in a median start. */
  readonly beginsAtMs: number;
  readonly takesMs: number;
}

/**
 * What each part of starts of one kind takes.
 *
 * @throws Error if a moment is missing in a start
 */
export function timesOf(starts: readonly StartMoments[], kind: StartKind = 'stop'): readonly PartTimes[] {
  const complete = kind === 'stop' ? starts.map(withUnsealed) : starts;
  let scriptBeginsAtMs = 0;
  let endsAtMs = 0;
  const isSeen = ({ from, to, kinds, isOptional }: Part): boolean =>
    kinds.includes(kind) && (!isOptional || starts.every((moments) => moments.has(from) && moments.has(to)));
  return PARTS.filter(isSeen).map((part) => {
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
export function medianBetween(starts: readonly StartMoments[], from: string, to: string): number {
  return median(starts.map((moments) => momentOf(moments, to) - momentOf(moments, from)));
}

/** The request has what it waits for as soon as there is a request and the record is open. */
function withUnsealed(moments: StartMoments): StartMoments {
  return new Map(moments).set('unsealed', Math.max(momentOf(moments, 'matched'), momentOf(moments, 'decrypted')));
}

function momentOf(moments: StartMoments, name: string): number {
  const atMs = moments.get(name);
  if (atMs === undefined) throw new Error(`A start has no "${name}".`);
  return atMs;
}
