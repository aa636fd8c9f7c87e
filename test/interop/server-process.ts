import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A server that is a program of its own. */
export interface ServerProgram {
  readonly name: string;
  readonly command: string;
  readonly commandLine: readonly string[];
  /** Text that it gets on its standard input; nothing by default. */
  readonly input?: string;
  /** Folder that holds what it says, until it has started. */
  readonly folder: string;
  /** URL that it answers as soon as it has started. */
  readonly url: string;
}

/** Limit for the start of a server, in milliseconds: an interpreted one takes some seconds, and more beside other programs. */
const STARTUP_MS = 60_000;

/**
 * Starts a server and waits until it answers.
 *
 * @returns ends it
 */
export async function startServerProcess(program: ServerProgram): Promise<() => Promise<void>> {
  const { name, command, commandLine, input = '', folder, url } = program;
  const server = spawn(command, commandLine, { stdio: ['pipe', 'pipe', 'pipe'] });
  // It must not outlive a run that was broken off by an error.
  process.once('exit', () => server.kill());
  // It may end before it has read.
  server.stdin.on('error', () => {});
  server.stdin.end(input);
  const log = createWriteStream(join(folder, 'log'));
  server.stdout.pipe(log);
  server.stderr.pipe(log);
  const latestAtMs = performance.now() + STARTUP_MS;
  while (!(await answers(url))) {
    if (server.exitCode !== null || performance.now() > latestAtMs) {
      server.kill();
      throw new Error(`${name} did not start: ${await readFile(join(folder, 'log'), 'utf8')}`);
    }
    await delay(50);
  }
  return async () => {
    server.kill();
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  };
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}
