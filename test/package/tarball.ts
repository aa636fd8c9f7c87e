import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };
import { writeEntryFolders } from '../../pack/entry-folders.ts';
import { ROOT } from '../support/build.ts';

const execute = promisify(execFile);

/** What `npm pack` made. */
export interface Tarball {
  readonly path: string;
  /** The paths of its files, sorted. */
  readonly files: readonly string[];
}

/** What a program said, and whether it was content. */
export interface Verdict {
  readonly isContent: boolean;
  readonly output: string;
}

/**
 * Packs what is in `dist` now, without building it again, as `npm pack` does.
 *
 * @param folder where the tarball goes
 */
export async function packTarball(folder: string): Promise<Tarball> {
  // Not in the root: other tests, and other packings, go on there.
  const staged = mkdtempSync(join(folder, 'staged-'));
  for (const name of ['package.json', 'LICENSE', 'README.md', 'CHANGELOG.md', 'SECURITY.md', 'dist']) {
    cpSync(join(ROOT, name), join(staged, name), { recursive: true });
  }
  writeEntryFolders(staged);
  const commandLine = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await execute('npm', commandLine, { cwd: staged, shell: process.platform === 'win32' });
  rmSync(staged, { recursive: true });
  const [packed]: readonly { filename: string; files: readonly { path: string }[] }[] = JSON.parse(stdout);
  if (packed === undefined) throw new Error('npm pack said nothing');
  return { path: join(folder, packed.filename), files: packed.files.map((file) => file.path).toSorted() };
}

/**
 * Unpacks a tarball as npm does.
 *
 * @param tarball what {@link packTarball} made
 * @param folder where the package's folder goes
 * @returns the package's folder
 */
export async function unpackTarball(tarball: Tarball, folder: string): Promise<string> {
  await execute('tar', ['-xzf', tarball.path, '-C', folder]);
  return join(folder, 'package');
}

/** Puts the packages that the package depends on beside it, as a package manager does. */
export function linkDependencies(modules: string): void {
  for (const name of Object.keys(manifest.dependencies)) {
    const place = join(modules, name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), place, 'junction');
  }
}

/** Runs a command of one of the packages in `node_modules`. */
export function runPackage(command: string, commandLine: readonly string[]): Promise<Verdict> {
  return run(join(ROOT, 'node_modules/.bin', command), commandLine);
}

/** The compilers that are installed, by the names of their folders; each brings a command of the same name. */
export type Compiler = 'typescript' | 'typescript-4.9' | 'typescript-5.0' | 'typescript-5.5';

/** Runs a TypeScript compiler; the newest one by default. */
export function runCompiler(commandLine: readonly string[], compiler: Compiler = 'typescript'): Promise<Verdict> {
  return run(process.execPath, [join(ROOT, 'node_modules', compiler, 'bin/tsc'), ...commandLine]);
}

async function run(executable: string, commandLine: readonly string[]): Promise<Verdict> {
  try {
    const { stdout } = await execute(executable, commandLine, { cwd: ROOT, shell: process.platform === 'win32' });
    return { isContent: true, output: stdout };
  } catch (error) {
    return {
      isContent: false,
      output: error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error),
    };
  }
}
