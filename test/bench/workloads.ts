import type { Evaluator } from '../support/engines/engine.ts';

declare global {
  interface Window {
    /** What is uploaded, made once: the browser has only so much room for what it did not clear away yet. */
    bulk?: Blob;
  }
}

/** What a frame sends in one measurement. */
export interface Workload {
  readonly name: string;
  /** How often it is measured in a round, by turns with every other contestant. */
  readonly slices: number;
  /** Sends it. @returns what each request took, or the whole, in milliseconds */
  readonly measure: (frame: Evaluator, call: Call) => Promise<readonly number[]>;
}

/** Where a frame's requests go, and what it adds to them itself. */
export interface Call {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const PARALLEL = 200;
const BULK_BYTES = 50 * 1024 * 1024;

/** Small GETs, one after the other: what each takes. With `distinct` no URL is asked for twice. */
const sequential =
  (urls: 'same' | 'distinct' = 'same'): Workload['measure'] =>
  (frame, { url, headers }) =>
    frame.evaluate(
      async ({ address, isDistinct, init }) => {
        const times: number[] = [];
        // The first ones are for the processor to find its way back to this frame.
        for (let count = -5; count < 25; count += 1) {
          const target = isDistinct ? `${address}?${Math.random()}` : address;
          const startedAtMs = performance.now();
          await (await fetch(target, init)).text();
          if (count >= 0) times.push(performance.now() - startedAtMs);
        }
        return times;
      },
      { address: `${url}/small`, isDistinct: urls === 'distinct', init: { headers } },
    );

/** The workloads on the path of a protected resource. */
export const WORKLOADS: readonly Workload[] = [
  { name: 'sequential', slices: 12, measure: sequential() },
  // Each costs a CORS preflight where an Authorization header goes to another origin.
  { name: 'distinctUrls', slices: 4, measure: sequential('distinct') },
  {
    name: 'parallel',
    slices: 6,
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
    name: 'upload',
    slices: 2,
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
    name: 'download',
    slices: 2,
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

/** Small GETs that no rule matches. */
export const NOT_OURS: Workload = { name: 'notOurs', slices: 12, measure: sequential() };
