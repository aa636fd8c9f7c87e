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
export async function acquireProgram(program: string, ...debianPackages: readonly string[]): Promise<string> {
  await acquirePackages(program, () => findOnPath(program).length > 0, debianPackages);
  return program;
}

/**
 * Makes sure that something is on this machine, and installs Debian's packages of it where it is absent and that can be done: as root,
 * on Debian.
 *
 * @param name the name of it, for a message
 * @param isThere whether it is on this machine
 * @param debianPackages the packages that hold it, and what else apt-get has to be told
 * @throws Error that says what to install, if all of that fails
 */
export async function acquirePackages(
  name: string,
  isThere: () => boolean,
  debianPackages: readonly string[],
): Promise<void> {
  if (isThere()) return;
  if (existsSync('/etc/debian_version') && process.getuid?.() === 0) {
    process.stderr.write(`installing Debian's package ${debianPackages.join(' ')} with apt-get\n`);
    apt(['update']);
    apt(['install', '--yes', '--no-install-recommends', ...debianPackages]);
    if (isThere()) return;
  }
  throw new Error(
    `${name} is needed for this, was not found on this machine, and could not be installed. ` +
      `On Debian or Ubuntu: sudo apt-get install ${debianPackages.join(' ')}`,
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
