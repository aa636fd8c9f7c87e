import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runNpm } from './child-process.ts';
import { copyTemplates, fingerprint, readManifest, type Replacements } from './template.ts';

/** Folder outside of the workspace that keeps `node_modules` of the apps between runs. */
const CACHE = process.env['TOKENWARD_APPS_CACHE'] ?? join(tmpdir(), 'tokenward-apps');

/** Name of the file that says which `package.json` was installed. */
const INSTALLED = '.installed';

const NPM_INSTALL = ['install', '--no-audit', '--no-fund', '--no-package-lock'] as const;

/** An app's folder with everything installed. */
export interface AppFolder {
  readonly path: string;
  /** Number of lines that a user of the package writes or changes. */
  readonly changedLines: number;
}

/** Templates of an app, the tarball and the addresses of the run. */
export interface AppInstallation {
  readonly name: string;
  readonly templates: readonly string[];
  readonly tarball: string;
  readonly replacements: Replacements;
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Makes an app's folder: installs what its `package.json` names unless the cache has it, then the tarball, as a user does.
 *
 * @throws Error with npm's own words, if it refuses
 */
export async function installApp(installation: AppInstallation): Promise<AppFolder> {
  const { name, templates, tarball, replacements, environment = {} } = installation;
  const path = join(CACHE, name);
  const manifest = await readManifest(templates);
  const version = fingerprint(manifest, process.version);
  await mkdir(path, { recursive: true });
  const isInstalled = (await readFile(join(path, INSTALLED), 'utf8').catch(() => '')) === version;
  await empty(path, isInstalled ? ['node_modules', INSTALLED] : []);
  if (!isInstalled) {
    await writeFile(join(path, 'package.json'), manifest);
    await runNpm({ folder: path, commandLine: NPM_INSTALL, environment });
    await writeFile(join(path, INSTALLED), version);
  }
  const changedLines = await copyTemplates(templates, path, replacements);
  // Without a lock file, Vite would take the compiled copy of an older tarball.
  const stale = ['tokenward', '.cache', '.vite'].map((folder) => join(path, 'node_modules', folder));
  await Promise.all(stale.map((folder) => rm(folder, { recursive: true, force: true })));
  await runNpm({ folder: path, commandLine: [...NPM_INSTALL, tarball], environment });
  await runNpm({ folder: path, commandLine: ['run', '--if-present', 'setup'], environment });
  return { path, changedLines };
}

async function empty(folder: string, kept: readonly string[]): Promise<void> {
  const names = (await readdir(folder)).filter((name) => !kept.includes(name));
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
