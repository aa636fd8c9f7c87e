import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../support/build.ts';

/** How a command ended. */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where, and with what environment, a command runs. */
export interface CommandSurroundings {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** The command line's file; that of `dist` by default. */
  readonly bin?: string;
}

/** Runs `tokenward` as it was built, in a process of its own. */
export function runCommand(
  commandLine: readonly string[],
  { cwd = ROOT, environment = {}, bin = join(ROOT, 'dist/cli.js') }: CommandSurroundings = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    // What the tests themselves were started with must not decide on colours.
    const { FORCE_COLOR: _force, NO_COLOR: _no, ...inherited } = process.env;
    const child = spawn(process.execPath, [bin, ...commandLine], {
      cwd,
      env: { ...inherited, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, ...output }));
  });
}
