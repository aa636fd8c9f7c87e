import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { BrowserEngine, BrowserOrigin } from './browser-engine.ts';
import { findOnPath, isExecutable } from './on-path.ts';

/** A browser on this machine. */
export interface FoundBrowser {
  readonly executablePath: string;
  readonly origin: BrowserOrigin;
}

const found = new Map<string, FoundBrowser>();

/**
 * Looks for a browser: the environment variable, Playwright's own, the system's.
 *
 * @returns the browser, or nothing if there is none that runs
 * @throws Error if the environment variable names something that does not run: it must not be passed over in silence
 */
export function findBrowser(engine: BrowserEngine): FoundBrowser | undefined {
  const known = found.get(engine.name);
  if (known !== undefined) return known;

  const browser = preferSmallerBuild(engine, search(engine));
  if (browser !== undefined) found.set(engine.name, browser);
  return browser;
}

/**
 * Finds a browser, and gets one where there is none: Playwright's installer, then apt-get as root on Debian.
 *
 * @throws Error that says what to do by hand, if all of that fails
 */
export async function acquireBrowser(engine: BrowserEngine): Promise<FoundBrowser> {
  const present = findBrowser(engine);
  if (present !== undefined) return present;

  const root = process.getuid?.() === 0;
  const debian = existsSync('/etc/debian_version');
  say(`no ${engine.name} on this machine; getting one with Playwright's installer (a few minutes at most)`);
  if (await runPlaywright(['install', engine.playwrightPackage])) {
    const installed = findBrowser(engine);
    if (installed !== undefined) return installed;

    // The download lacks the system's libraries on a bare Linux.
    if (root && debian) {
      say(`${engine.name} needs libraries of the system; installing them with apt-get`);
      await runPlaywright(['install-deps', engine.playwrightPackage]);
      const complete = findBrowser(engine);
      if (complete !== undefined) return complete;
    }
  }
  if (root && debian) {
    say(`installing Debian's package ${engine.debianPackages.join(' ')} with apt-get`);
    if ((await run('apt-get', ['update'])) && (await run('apt-get', aptInstall(engine.debianPackages)))) {
      const packaged = findBrowser(engine);
      if (packaged !== undefined) return packaged;
    }
  }
  throw new Error(
    [
      `${engine.name} is needed, none was found on this machine, and none could be installed. Do one of these:`,
      `  npx playwright install --with-deps ${engine.playwrightPackage}`,
      `  sudo apt-get install ${engine.debianPackages.join(' ')}        (Debian, Ubuntu)`,
      `  ${engine.environmentVariable}=/path/to/the/executable    if there is one elsewhere`,
    ].join('\n'),
  );
}

function search(engine: BrowserEngine): FoundBrowser | undefined {
  const named = process.env[engine.environmentVariable];
  if (named !== undefined && named !== '') {
    if (runs(named, engine)) return { executablePath: named, origin: 'environment' };
    throw new Error(
      `${engine.environmentVariable} is ${named}, and that is no program that starts. ` +
        `Set it to the executable of ${engine.name}, or unset it.`,
    );
  }

  const own = engine.type.executablePath();
  if (runs(own, engine)) return { executablePath: own, origin: 'playwright' };

  const onPath = engine.commands.flatMap(findOnPath);
  const executablePath = [...onPath, ...engine.places].find((candidate) => runs(candidate, engine));
  return executablePath === undefined ? undefined : { executablePath, origin: 'system' };
}

function preferSmallerBuild(engine: BrowserEngine, browser: FoundBrowser | undefined): FoundBrowser | undefined {
  if (browser === undefined || browser.origin === 'environment') return browser;
  const executablePath = engine.findSmallerBuild?.(browser.executablePath);
  return executablePath !== undefined && runs(executablePath, engine) ? { ...browser, executablePath } : browser;
}

/** A file that is there may still be a stub that asks for a snap, or lack its libraries: only a start shows it. */
function runs(executablePath: string, { tellsVersion }: BrowserEngine): boolean {
  if (!isExecutable(executablePath)) return false;
  if (!tellsVersion) return true;
  // There `--version` would open a window.
  if (process.platform === 'win32') return true;
  return spawnSync(executablePath, ['--version'], { stdio: 'ignore', timeout: 20_000 }).status === 0;
}

function runPlaywright(commandLine: readonly string[]): Promise<boolean> {
  const cli = join(dirname(createRequire(import.meta.url).resolve('playwright/package.json')), 'cli.js');
  return run(process.execPath, [cli, ...commandLine]);
}

function aptInstall(debianPackages: readonly string[]): readonly string[] {
  return ['install', '--yes', '--no-install-recommends', ...debianPackages];
}

function run(command: string, commandLine: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    // Standard output stays with the caller: its last line may be read by a program.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const child = spawn(command, commandLine, { stdio: ['ignore', 2, 2], env, timeout: 600_000 });
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
