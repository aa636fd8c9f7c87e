import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildIfNeeded } from '../support/build.ts';
import { linkDependencies, packTarball, unpackTarball, type Tarball } from '../package/tarball.ts';

/** A place for apps that have the packed package installed. */
export interface AppFolders {
  readonly tarball: Tarball;
  /** The unpacked package. */
  readonly packageFolder: string;
  /**
   * Makes an app: a package.json with these dependencies, these files, and the package.
   *
   * @returns its folder
   */
  create(app: AppDescription): string;
  remove(): void;
}

/** What an app is made of. */
export interface AppDescription {
  readonly dependencies?: readonly string[];
  /** Texts by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Whether the package is among its modules; it is by default. */
  readonly package?: 'installed' | 'missing';
}

/** Packs what is in `dist`, and makes a place for apps, outside of the repository. */
export async function prepareAppFolders(): Promise<AppFolders> {
  await buildIfNeeded();
  const root = mkdtempSync(join(tmpdir(), 'tokenward-cli-'));
  const tarball = await packTarball(root);
  const packageFolder = await unpackTarball(tarball, root);
  let count = 0;
  return {
    tarball,
    packageFolder,
    create: ({ dependencies = [], files = {}, package: state = 'installed' }) => {
      const folder = join(root, `app-${(count += 1)}`);
      const manifest = { type: 'module', dependencies: Object.fromEntries(dependencies.map((name) => [name, '*'])) };
      for (const [path, text] of Object.entries({ 'package.json': JSON.stringify(manifest), ...files })) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
      if (state === 'installed') install(packageFolder, join(folder, 'node_modules'));
      return folder;
    },
    remove: () => rmSync(root, { recursive: true }),
  };
}

/** Installs the package, with the packages that it depends on, as a package manager does. */
function install(packageFolder: string, modules: string): void {
  cpSync(packageFolder, join(modules, 'tokenward'), { recursive: true });
  linkDependencies(modules);
}
