import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findOnPath } from './on-path.ts';

/**
 * Finds a program, and installs Debian's package of it where it is absent and that can be done: as root, on Debian.
 *
 * @param program the program's name
 * @param debianPackages the package that holds it, and what else apt-get has to be told
 * @returns what to run
 * @throws Error that says what to install, if all of that fails
 */
export function acquireProgram(program: string, ...debianPackages: readonly string[]): Promise<string> {
  if (findOnPath(program).length > 0) return Promise.resolve(program);
  if (existsSync('/etc/debian_version') && process.getuid?.() === 0) {
    process.stderr.write(`installing Debian's package ${debianPackages.join(' ')} with apt-get\n`);
    apt(['update']);
    apt(['install', '--yes', '--no-install-recommends', ...debianPackages]);
    if (findOnPath(program).length > 0) return Promise.resolve(program);
  }
  return Promise.reject(
    new Error(
      `${program} is needed for this, was not found on this machine, and could not be installed. ` +
        `On Debian or Ubuntu: sudo apt-get install ${debianPackages.join(' ')}`,
    ),
  );
}

function apt(commandLine: readonly string[]): void {
  // The run level keeps the package from starting its service; another installation may be under way.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...commandLine], {
    stdio: ['ignore', 2, 2],
    env,
    timeout: 600_000,
  });
}
