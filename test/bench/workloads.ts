import type { Evaluator } from '../support/engines/engine.ts';

declare global {
  interface Window {
    /** Body of uploads, made once: the browser has only so much room for what it did not clear away yet. */
    bulk?: Blob;
  }
}

/** Requests that a frame sends in one measurement. */
export interface Workload {
  readonly name: string;
  /** Number of turns of each contestant in a round. */
  readonly slices: number;
  /** Names of its contestants; `against` takes part if there is another revision. */
  readonly contestants: readonly string[];
  /** Contestants of a full run besides. */
  readonly moreContestants?: readonly string[];
  /** Whether its requests are for the protected resource, or for a URL beside it. */
  readonly isOurs: boolean;
  /** Whether only a full run measures it. */
  readonly isForFullRun?: boolean;
  /** Whether only Chromium does it, since no other engine stops a worker at once, or takes a bulk in less than seconds. */
  readonly isForChromium?: boolean;
  /** Sends it. @returns the time of each request, or of the whole, in milliseconds */
  readonly measure: (frame: Evaluator, call: Call) => Promise<readonly number[]>;
}

/** Parameters of a measurement. */
export interface Call {
  readonly url: string;
  /** Headers that the frame adds itself. */
  readonly headers: Readonly<Record<string, string>>;
  /** Stops every service worker. */
  stopWorkers(): Promise<void>;
}

const PARALLEL = 200;
const BULK_BYTES = 50 * 1024 * 1024;

/** Small GETs, one after the other. With `distinct` no URL is asked for twice. */
const sequential =
  (urls: 'same' | 'distinct' = 'same'): Workload['measure'] =>
  (frame, { url, headers }) =>
    frame.evaluate(
      async ({ address, isDistinct, init }) => {
        const times: number[] = [];
        // The first ones bring the code of this frame back into the processor's caches.
        for (let count = -3; count < 12; count += 1) {
          const target = isDistinct ? `${address}?${Math.random()}` : address;
          const startedAtMs = performance.now();
          await (await fetch(target, init)).text();
          if (count >= 0) times.push(performance.now() - startedAtMs);
        }
        return times;
      },
      { address: `${url}/small`, isDistinct: urls === 'distinct', init: { headers } },
    );

/** A small GET from the moment when every worker is stopped. */
const coldStart: Workload['measure'] = async (frame, { url, headers, stopWorkers }) => {
  await stopWorkers();
  return frame.evaluate(
    async ({ address, init }) => {
      const startedAtMs = performance.now();
      await (await fetch(address, init)).text();
      return [performance.now() - startedAtMs];
    },
    { address: `${url}/small`, init: { headers } },
  );
};

/** Members of the workloads that send a bulk. */
const BULK = {
  slices: 1,
  contestants: ['wrapper', 'constant', 'bearer'],
  isOurs: true,
  isForFullRun: true,
  isForChromium: true,
} as const;

/** Workloads in the order of a round. */
export const WORKLOADS: readonly Workload[] = [
  {
    name: 'sequential',
    slices: 10,
    contestants: ['wrapper', 'constant', 'bearer', 'against'],
    moreContestants: ['direct', 'passThrough', 'dpop'],
    isOurs: true,
    measure: sequential(),
  },
  {
    name: 'notOurs',
    slices: 10,
    contestants: ['direct', 'routedPast', 'bearer', 'against'],
    moreContestants: ['directAgain', 'noHandler'],
    isOurs: false,
    measure: sequential(),
  },
  {
    name: 'coldStart',
    slices: 8,
    contestants: ['constant', 'bearer', 'against'],
    moreContestants: ['vaultByHand', 'floor'],
    isOurs: true,
    isForChromium: true,
    measure: coldStart,
  },
  // Each costs a CORS preflight where an Authorization header goes to another origin.
  {
    name: 'distinctUrls',
    slices: 2,
    contestants: ['direct', 'wrapper'],
    isOurs: true,
    isForFullRun: true,
    isForChromium: true,
    measure: sequential('distinct'),
  },
  {
    name: 'parallel',
    slices: 2,
    contestants: ['constant', 'bearer', 'against'],
    moreContestants: ['direct', 'wrapper', 'passThrough', 'dpop'],
    isOurs: true,
    measure: (frame, { url, headers }) =>
      frame.evaluate(
        async ({ address, init, requests }) => {
          const startedAtMs = performance.now();
          await Promise.all(Array.from({ length: requests }, async () => (await fetch(address, init)).text()));
          return [performance.now() - startedAtMs];
        },
        { address: `${url}/small`, init: { headers }, requests: PARALLEL },
      ),
  },
  {
    ...BULK,
    name: 'upload',
    measure: (frame, { url, headers }) =>
      frame.evaluate(
        async ({ address, init, bytes }) => {
          const body = (window.bulk ??= new Blob([new Uint8Array(bytes)]));
          const startedAtMs = performance.now();
          const answer: { bytes: number } = await (await fetch(address, { ...init, method: 'POST', body })).json();
          if (answer.bytes !== bytes) throw new Error(`The API has got ${answer.bytes} bytes.`);
          return [performance.now() - startedAtMs];
        },
        { address: `${url}/upload`, init: { headers }, bytes: BULK_BYTES },
      ),
  },
  {
    ...BULK,
    name: 'download',
    measure: (frame, { url, headers }) =>
      frame.evaluate(
        async ({ address, init, bytes }) => {
          const startedAtMs = performance.now();
          const reader = (await fetch(`${address}?bytes=${bytes}`, init)).body?.getReader();
          let got = 0;
          for (let part = await reader?.read(); part?.value; part = await reader?.read()) got += part.value.length;
          if (got !== bytes) throw new Error(`The page has got ${got} bytes.`);
          return [performance.now() - startedAtMs];
        },
        { address: `${url}/download`, init: { headers }, bytes: BULK_BYTES },
      ),
  },
];
