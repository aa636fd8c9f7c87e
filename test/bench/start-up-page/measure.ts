import { ASK_FOR_MARKS, type WorkerMarks } from '../start-up-marks.ts';
import type { StartKind } from '../start-up-parts.ts';

/** Where the app's server deploys another version of the worker. */
export const DEPLOY_PATH = '/start-up/deploy';

/** A start of the worker: what a page has seen of it, and what the worker says. */
export interface Start {
  readonly kind: StartKind;
  /** When each thing happened, in milliseconds since the page's request, or since the worker's script began. */
  readonly moments: Readonly<Record<string, number>>;
  readonly clockStepMs: number;
}

/**
 * Sends a request that needs a token, and asks the worker for its marks once the answer is there.
 *
 * @returns `undefined` if the worker had been running: it was started for something else
 */
export async function measureStart(url: string): Promise<Start | undefined> {
  const pageMs = sinceEpochMs();
  await send(url);
  const endMs = sinceEpochMs();
  const { originMs, moments, clockStepMs } = await askWorker();
  if (originMs < pageMs) return undefined;
  const seen = Object.entries(moments).map(([name, atMs]) => [name, originMs + atMs - pageMs] as const);
  const known = { page: 0, origin: originMs - pageMs, evaluate: originMs - pageMs, end: endMs - pageMs };
  return { kind: 'stop', moments: { ...Object.fromEntries(seen), ...known }, clockStepMs };
}

/** Has the browser start another version of the worker, and sends a request that needs a token when it has taken over. */
export async function measureVersion(url: string): Promise<Start> {
  await send(DEPLOY_PATH);
  const registration = await navigator.serviceWorker.ready;
  const hasTakenOver = new Promise((resolve) => {
    navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true });
  });
  await registration.update();
  await hasTakenOver;
  await send(url);
  const { moments, clockStepMs } = await askWorker();
  return { kind: 'version', moments: { ...moments, origin: 0, evaluate: 0 }, clockStepMs };
}

async function send(url: string): Promise<void> {
  const response = await fetch(url);
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} has answered ${response.status}.`);
}

function sinceEpochMs(): number {
  return performance.timeOrigin + performance.now();
}

async function askWorker(): Promise<WorkerMarks> {
  const { controller } = navigator.serviceWorker;
  if (!controller) throw new Error('No worker controls this page. Load it again, without the shift key.');
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise<WorkerMarks>((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<WorkerMarks>) => resolve(data);
  });
  controller.postMessage(ASK_FOR_MARKS, [port2]);
  return answer;
}
