import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { untilTrue } from '../until.ts';

/** How a service worker can be told among the threads of a browser, and how long one lasts where threads have no names. */
export interface WorkerThreads {
  /** Of the process, by its first fifteen characters. */
  readonly processName: RegExp;
  readonly threadName: RegExp;
  /** After so many milliseconds without an event and without a page, a worker has stopped. */
  readonly lifetimeMs: number;
}

/** A thread of a browser, such as `4711/4720`: its process and its own number, which another has not for a long time. */
export type ThreadId = string;

/**
 * The threads in which a browser runs service workers, by Linux's names of them; none elsewhere.
 *
 * @param browserPid the process that started all others of the browser
 */
export function workerThreads(browserPid: number, { processName, threadName }: WorkerThreads): readonly ThreadId[] {
  return [browserPid, ...descendants(browserPid)]
    .filter((pid) => processName.test(nameOf(`/proc/${pid}`)))
    .flatMap((pid) => list(`/proc/${pid}/task`).map((thread) => `${pid}/${thread}`))
    .filter((id) => threadName.test(nameOf(folderOf(id))));
}

/**
 * Waits until a browser runs no service worker any more. Linux tells by the names of its threads; elsewhere this waits for as
 * long as a worker can last.
 *
 * @param browserPid the process that started all others of the browser
 * @param others threads of workers that are not meant, such as those of a profile before, which may not have ended yet
 * @throws Error which says what runs still
 */
export async function workersStopped(
  browserPid: number,
  threads: WorkerThreads,
  others: ReadonlySet<ThreadId> = new Set(),
): Promise<void> {
  if (!TELLS_THREADS) return delay(threads.lifetimeMs);
  let left: readonly ThreadId[] = [];
  const hasNone = (): boolean => {
    left = workerThreads(browserPid, threads).filter((id) => !others.has(id));
    return left.length === 0;
  };
  const what = (): string => `the end of the service workers: ${left.map(toDescription).join(', ')}`;
  await untilTrue(hasNone, what, { timeoutMs: 3 * threads.lifetimeMs + 10_000 });
}

/** Whether the system tells of the threads of a process. */
export const TELLS_THREADS: boolean = existsSync('/proc/self/task');

/**
 * Kills the processes in which a browser runs service workers and nothing else, as a system does that is short of memory, and waits until
 * they have ended. The browser starts a worker anew for its next event.
 *
 * @param browserPid the process that started all others of the browser
 * @param others threads of workers that are not meant
 */
export async function killWorkers(
  browserPid: number,
  threads: WorkerThreads,
  others: ReadonlySet<ThreadId> = new Set(),
): Promise<void> {
  const ids = workerThreads(browserPid, threads).filter((id) => !others.has(id));
  const pids = [...new Set(ids.map((id) => Number(id.split('/')[0])))];
  for (const pid of pids) kill(pid);
  await workersStopped(browserPid, threads, others);
  // Its threads end before the browser hears of the end of the process: until then, a request goes to nobody, and fails.
  const isLeft = (pid: number): boolean => existsSync(`/proc/${pid}`);
  await untilTrue(
    () => !pids.some(isLeft),
    () => `the end of the processes ${pids.filter(isLeft).join(', ')}`,
  );
}

/** A process may have ended by itself. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    return;
  }
}

/** proc(5): behind the name come the state, as the third field, and the time on a processor, as the fourteenth, in ticks. */
function toDescription(id: ThreadId): string {
  const fields = statOf(folderOf(id));
  return `thread ${id} (state ${fields[0] ?? '?'}, ${fields[11] ?? '?'} ticks of work)`;
}

function folderOf(id: ThreadId): string {
  return `/proc/${id.replace('/', '/task/')}`;
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

function parentOf(pid: string): number | undefined {
  return Number(statOf(`/proc/${pid}`)[1]);
}

/** proc(5): the name, the second field, stands in parentheses and may hold some itself; this is what comes behind it. */
function statOf(folder: string): readonly string[] {
  const stat = read(join(folder, 'stat'));
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
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
