import { connect } from 'tokenward';
import type { StartKind, StartMoments } from '../start-up-parts.ts';
import { measureStart, measureVersion, type Start } from './measure.ts';
import { byId, makeRows, showStarts } from './view.ts';

declare global {
  interface Window {
    /** What the command asks of the page. */
    startUp?: {
      /** Measures a start, once the worker was stopped, and shows it. */
      readonly measure: () => Promise<Start | undefined>;
      /** Takes back what was measured. */
      readonly clear: () => void;
      /**
       * Takes in what no page can see: how long the script was compiled, in milliseconds, for each start that was measured.
       *
       * @returns when each thing happened in each start
       */
      readonly knowCompileTimes: (timesMs: readonly number[]) => readonly Start['moments'][];
    };
  }
}

/** When browsers stop a worker that is idle, and some time more, in milliseconds. */
const PATIENCE_MS = 35_000;
/** Whoever has not stopped it after so many attempts does not while a page is open. */
const ATTEMPTS = 3;

const WHAT: Readonly<Record<StartKind, string>> = { stop: 'after a stop', version: 'of a new version' };

const url = `${document.documentElement.dataset['api'] ?? ''}/me`;
const starts: Record<StartKind, StartMoments[]> = { stop: [], version: [] };

/** Measures the start of a worker that was stopped. */
async function measure(): Promise<Start | undefined> {
  const start = await measureStart(url);
  if (start) show(start);
  return start;
}

function show(start: Start): void {
  const { kind, moments } = start;
  const all = starts[kind];
  all.push(new Map(Object.entries(moments)));
  showStarts(kind, all);
  const count = all.length === 1 ? 'One start' : `Medians of ${all.length} starts`;
  note(
    `${count} ${WHAT[kind]}. The worker’s clock goes by steps of ${stepOf(start)}. When the browser begins to compile, no page can see:`,
    'the row that ends with it begins as soon as there is a worker.',
  );
  say(`Start ${all.length} ${WHAT[kind]} is measured.`);
}

function knowCompileTimes(timesMs: readonly number[]): readonly Start['moments'][] {
  if (timesMs.length !== starts.stop.length) throw new Error('There is not one time for each start.');
  starts.stop = starts.stop.map((moments, index) =>
    new Map(moments).set('evaluate', (moments.get('begin') ?? 0) - (timesMs[index] ?? 0)),
  );
  showStarts('stop', starts.stop);
  note(`Medians of ${timesMs.length} starts after a stop. When compiling began is from the browser’s trace.`);
  return starts.stop.map((moments) => Object.fromEntries(moments));
}

function note(...sentences: readonly string[]): void {
  byId('note').textContent = sentences.join(' ');
}

function stepOf({ clockStepMs }: Start): string {
  return clockStepMs < 0.5 ? `${Math.round(clockStepMs * 1000)} µs` : `${Math.round(clockStepMs)} ms`;
}

function clear(): void {
  for (const kind of ['stop', 'version'] as const) starts[kind].length = 0;
  showStarts('stop', []);
  note('Bars stand where their part lies in time; the violet ones run beside the others.');
}

function say(text: string): void {
  byId('state').textContent = text;
}

/** Leaves the worker alone until the browser has stopped it, again and again; any other button ends it. */
async function measureWhenStopped(signal: AbortSignal): Promise<void> {
  for (let vain = 0; vain < ATTEMPTS && !signal.aborted;) {
    await waitSilently(signal);
    if (signal.aborted) return;
    if (await measure()) vain = 0;
    else vain += 1;
  }
  if (!signal.aborted) say('This browser stops no worker while a page of it is open. Let it start a new version.');
}

async function waitSilently(signal: AbortSignal): Promise<void> {
  const bar = byId('patience');
  const beganAtMs = performance.now();
  for (let leftMs = PATIENCE_MS; leftMs > 0 && !signal.aborted; leftMs = PATIENCE_MS - performance.now() + beganAtMs) {
    say(`Saying nothing to the worker for ${Math.ceil(leftMs / 1000)} s more, so that the browser stops it.`);
    bar.style.width = `${100 - (100 * leftMs) / PATIENCE_MS}%`;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  bar.style.width = '0';
}

/** Does what a button is for, or says why it could not. */
async function attempt(act: () => unknown): Promise<void> {
  try {
    await act();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}

function onClick(id: string, act: () => unknown): void {
  byId(id).addEventListener('click', () => void attempt(act));
}

makeRows();
clear();
const client = await connect({ worker: '/tokenward-sw.js' });
let waiting = new AbortController();
const stopWaiting = (): AbortSignal => {
  waiting.abort();
  waiting = new AbortController();
  return waiting.signal;
};
onClick('sign-in', () => client.login());
onClick('wait', () => measureWhenStopped(stopWaiting()));
onClick('now', async () => {
  stopWaiting();
  if (!(await measure())) say('The worker was still running, so there was no start to measure.');
});
onClick('version', async () => {
  stopWaiting();
  say('The browser gets another version of the worker, which takes over when it is ready.');
  show(await measureVersion(url));
});
onClick('clear', () => {
  stopWaiting();
  clear();
});
const isSignedIn = client.session.status === 'signed-in';
byId('sign-in').hidden = isSignedIn;
for (const button of document.querySelectorAll('button')) button.disabled = !isSignedIn && button.id !== 'sign-in';
say(isSignedIn ? 'The worker is running.' : 'Sign in first: the session is what the vault holds.');
window.startUp = { measure, clear, knowCompileTimes };
