import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { inTime } from '../support/time-limit.ts';

/** Time limit of an installation or a build, in milliseconds. */
const COMMAND_TIMEOUT_MS = 300_000;

/** Time limit until a server answers, in milliseconds. */
const SERVER_TIMEOUT_MS = 120_000;

/** Number of characters of a command's output that are kept for its error. */
const MAX_OUTPUT = 20_000;

/** Settings that keep tools from asking questions and from calling home. */
const QUIET: Readonly<Record<string, string>> = {
  ASTRO_TELEMETRY_DISABLED: '1',
  BROWSER: 'none',
  NEXT_TELEMETRY_DISABLED: '1',
  NG_CLI_ANALYTICS: 'false',
  NO_COLOR: '1',
  NUXT_TELEMETRY_DISABLED: '1',
};

/** A command of an app: an npm script, for example. */
export interface AppCommand {
  readonly folder: string;
  readonly commandLine: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** A running server of an app. */
export interface AppServer {
  readonly origin: string;
  /** Returns the last part of what the server has printed. */
  output(): string;
  /** Ends the server and every process that it has started. */
  close(): Promise<void>;
}

/**
 * Runs npm, or a command that it starts, in the folder of an app and waits for its end.
 *
 * @returns the output
 * @throws Error with the command's own words, if it fails or exceeds the time limit
 */
export async function runNpm(command: AppCommand): Promise<string> {
  const child = start(command);
  const exit = await inTime(COMMAND_TIMEOUT_MS, child.exited, 'late' as const);
  if (exit === 'late') await child.end();
  if (exit !== 0) throw new Error(`npm ${command.commandLine.join(' ')} failed (${exit}):\n${child.output()}`);
  return child.output();
}

/**
 * Starts a server of an app by npm and waits until it answers at the port that `PORT` names.
 *
 * @throws Error with the server's own words, if it ends instead or exceeds the time limit
 */
export async function startServer(command: AppCommand, port: number, path: string): Promise<AppServer> {
  const origin = `http://localhost:${port}`;
  const child = start({ ...command, environment: { ...command.environment, PORT: String(port) } });
  let exit: number | string | undefined;
  void child.exited.then((status) => (exit = status));
  const startedAtMs = performance.now();
  while (!(await answers(`${origin}${path}`))) {
    if (exit !== undefined || performance.now() - startedAtMs > SERVER_TIMEOUT_MS) {
      await child.end();
      throw new Error(`npm ${command.commandLine.join(' ')} served no page:\n${child.output()}`);
    }
    await delay(200);
  }
  return { origin, output: child.output, close: child.end };
}

interface Child {
  readonly exited: Promise<number | string>;
  readonly output: () => string;
  readonly end: () => Promise<void>;
}

function start({ folder, commandLine, environment = {} }: AppCommand): Child {
  const child = spawn('npm', commandLine, {
    cwd: folder,
    env: { ...environmentOfUser(), ...QUIET, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what npm has started ends with it.
    detached: true,
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-MAX_OUTPUT);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (exitCode, killedBy) => resolve(exitCode ?? killedBy ?? 'unknown'));
  });
  const endWithProcess = (): void => signal(child, 'SIGKILL');
  process.once('exit', endWithProcess);
  void exited.then(() => process.off('exit', endWithProcess));
  const end = async (): Promise<void> => {
    signal(child, 'SIGTERM');
    if ((await inTime(5000, exited, 'late' as const)) === 'late') signal(child, 'SIGKILL');
    await exited;
  };
  return { exited, output: () => output.trim(), end };
}

function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // The group has ended already.
  }
}

/** Returns the environment without the settings of the npm that runs this command: they name this package's folder. */
function environmentOfUser(): NodeJS.ProcessEnv {
  const own =
    /^(?:npm_(?:package|lifecycle|command|execpath|node_execpath|config_local_prefix|config_loglevel)|INIT_CWD$|NODE_ENV$|PORT$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { headers: { accept: 'text/html' }, signal: AbortSignal.timeout(60_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
