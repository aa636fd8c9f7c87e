import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { descendantsOf } from '../stops/descendants.ts';
import { RandomStops } from '../stops/random-stops.ts';

/** Processes that are only numbers, and a clock that a test sets. */
class Machine {
  nowMs = 0;
  readonly processes: number[];
  readonly stopped: Set<number> = new Set();
  /** Length of each stop that has ended, in milliseconds. */
  readonly lengthsMs: number[] = [];
  readonly stops: RandomStops;
  readonly #sinceMs: Map<number, number> = new Map();

  constructor(count: number) {
    this.processes = Array.from({ length: count }, (_, index) => index + 1);
    this.stops = new RandomStops({
      list: () => this.processes,
      signal: (id, name) => this.#signal(id, name),
      now: () => this.nowMs,
      random: Math.random,
    });
  }

  /** Lets time pass. @returns the greatest number of processes that were stopped at once */
  run(steps: number): number {
    let most = 0;
    for (let step = 0; step < steps; step += 1) {
      this.nowMs += 10;
      this.stops.step();
      most = Math.max(most, this.stopped.size);
    }
    return most;
  }

  #signal(id: number, name: 'SIGSTOP' | 'SIGCONT'): void {
    if (!this.processes.includes(id)) throw new Error(`There is no process ${id}.`);
    if (name === 'SIGSTOP') {
      this.stopped.add(id);
      this.#sinceMs.set(id, this.nowMs);
    } else if (this.stopped.delete(id)) this.lengthsMs.push(this.nowMs - (this.#sinceMs.get(id) ?? 0));
  }
}

describe('stops of random processes', () => {
  test('last 0.05 to 3 seconds, and most are short', () => {
    const machine = new Machine(50);
    machine.run(20_000);

    expect(machine.lengthsMs.length).toBeGreaterThan(500);
    // The end is seen at the next step.
    expect(Math.min(...machine.lengthsMs)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...machine.lengthsMs)).toBeLessThanOrEqual(3010);
    expect(machine.lengthsMs.filter((ms) => ms < 420).length).toBeGreaterThan(machine.lengthsMs.length / 3);
  });

  test('leave most processes running, and stop one of a few', () => {
    expect(new Machine(50).run(5000)).toBe(6);
    expect(new Machine(2).run(1000)).toBe(1);
    expect(new Machine(0).run(10)).toBe(0);
  });

  test('end with the command, and are counted', () => {
    const machine = new Machine(20);
    machine.run(1000);
    expect(machine.stopped.size).toBeGreaterThan(0);

    machine.stops.end();

    expect(machine.stopped.size).toBe(0);
    const { stops, stoppedSeconds } = machine.stops.count();
    expect(stops).toBe(machine.lengthsMs.length);
    expect(stoppedSeconds).toBeGreaterThan(0);
  });

  test('pass over a process that has ended meanwhile', () => {
    const machine = new Machine(3);
    machine.run(50);
    machine.processes.length = 0;

    machine.run(500);

    expect(() => machine.stops.end()).not.toThrow();
  });
});

describe('the descendants of a process', () => {
  test('are its children and theirs, whatever the programs are called, without those that have ended', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tokenward-processes-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const add = (id: number, parent: number, state: string = 'S', name: string = 'node'): void => {
      mkdirSync(join(folder, String(id)));
      writeFileSync(join(folder, String(id), 'stat'), `${id} (${name}) ${state} ${parent} 1 1 0\n`);
    };
    add(10, 1);
    add(11, 10, 'R', 'a) R 1 (b');
    add(12, 11, 'T');
    add(13, 11, 'Z');
    add(20, 1);
    mkdirSync(join(folder, '99'));
    writeFileSync(join(folder, 'uptime'), '1 1');

    expect(descendantsOf(10, folder)).toEqual([11, 12]);
    expect(descendantsOf(12, folder)).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('are stopped, and go on when the process ends', async () => {
    const module = JSON.stringify(new URL('../stops/stop-descendants.ts', import.meta.url).href);
    const script = `import { spawn } from 'node:child_process';
      import { stopDescendants } from ${module};
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      child.once('spawn', () => { console.log(child.pid); stopDescendants(); });`;
    const parent = spawn(process.execPath, ['--import=tsx', '--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await firstNumberOf(parent);
    onTestFinished(() => void process.kill(pid, 'SIGKILL'));

    await expect.poll(() => stateOf(pid), { interval: 10 }).toBe('T');
    parent.kill('SIGTERM');
    await once(parent, 'exit');

    await expect.poll(() => stateOf(pid)).not.toBe('T');
  });
});

async function firstNumberOf({ stdout }: ChildProcess): Promise<number> {
  if (stdout === null) throw new Error('There is no output.');
  const [chunk]: readonly unknown[] = await once(stdout, 'data');
  return Number(String(chunk));
}

/** The state of a process, as Linux writes it: `T` is stopped. */
function stateOf(pid: number): string | undefined {
  return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
}
