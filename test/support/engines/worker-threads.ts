import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from './until.ts';

/** How a service worker can be told among the threads of a browser, and how long one lasts where threads have no names. */
export interface WorkerThreads {
  /** Of the process, by its first fifteen characters. */
  readonly processName: RegExp;
  readonly threadName: RegExp;
  /** After so many milliseconds without an event and without a page, a worker has stopped. */
  readonly lifetimeMs: number;
}

/**
 * Waits until a browser runs no service worker any more. Linux tells by the names of its threads; elsewhere this waits for as
 * long as a worker can last.
 *
 * @param browserPid the process that started all others of the browser
 */
export async function workersStopped(browserPid: number, threads: WorkerThreads): Promise<void> {
  if (!existsSync('/proc/self/task')) return delay(threads.lifetimeMs);
  const hasNone = (): Promise<true | undefined> =>
    Promise.resolve(countThreads(browserPid, threads) === 0 || undefined);
  await until(hasNone, () => 'the end of the service workers', { timeoutMs: 3 * threads.lifetimeMs + 10_000 });
}

function countThreads(browserPid: number, { processName, threadName }: WorkerThreads): number {
  return [browserPid, ...descendants(browserPid)]
    .filter((pid) => processName.test(nameOf(`/proc/${pid}`)))
    .flatMap((pid) => list(`/proc/${pid}/task`).map((thread) => nameOf(`/proc/${pid}/task/${thread}`)))
    .filter((name) => threadName.test(name)).length;
}

function descendants(ancestor: number): readonly number[] {
  const parents = new Map(
    list('/proc')
      .filter(isNumber)
      .map((pid) => [Number(pid), parentOf(pid)] as const),
  );
  const found = [ancestor];
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found.slice(1);
}

/** proc(5): the name stands in parentheses and may hold some itself; behind it come the state and the parent. */
function parentOf(pid: string): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}

function nameOf(folder: string): string {
  return read(join(folder, 'comm')).trim();
}

/** A process may end while it is being looked at. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
