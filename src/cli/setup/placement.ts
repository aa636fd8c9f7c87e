import { LIBRARY_FILE, WORKER_FILE } from '../../protocol/default-names.ts';
import { existsSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { findAppConfiguration } from '../../server/node/find-configuration.ts';
import { findInstallation, type Installation } from '../installation.ts';
import { detectFramework, FRAMEWORK_NAMES, type Framework } from './framework.ts';
import { findProject, type Project } from './project.ts';
import { findVitePlugin, type VitePluginUse } from './vite-plugin.ts';

/** Locations of Tokenward's files in an app. */
export interface Placement {
  readonly project: Project;
  readonly framework: Framework | undefined;
  readonly installation: Installation;
  /** The folder whose files are served from the root of the origin. */
  readonly publicFolder: string;
  /** The app's own worker file. */
  readonly workerFile: string;
  /** The copy of the library. */
  readonly libraryFile: string;
  /** The use of Vite's plugin, which makes the worker, so that there is no copy of the library. */
  readonly plugin: VitePluginUse | undefined;
  /** The app's one configuration, from which the server makes the worker. */
  readonly configuration: string | undefined;
}

/**
 * Finds where the files belong.
 *
 * @param cwd where the command runs
 * @param folder the public folder, where the command line names it
 * @param otherwise the public folder, from the app's folder, of an app that is built with no known framework
 * @throws Error that says what to do, where it cannot be found
 */
export function findPlacement(cwd: string, folder: string | undefined, otherwise?: string): Placement {
  const project = findProject(cwd);
  const plugin = findVitePlugin(project);
  const framework = detectFramework(project);
  const publicFolder = folder === undefined ? usualFolder(project, framework, otherwise) : resolve(cwd, folder);
  if (existsSync(publicFolder) && !statSync(publicFolder).isDirectory()) {
    throw new Error(`${publicFolder} is not a folder. Name the folder of the app's static files.`);
  }
  return {
    project,
    framework,
    installation: findInstallation(project.folder),
    publicFolder,
    workerFile: join(publicFolder, plugin?.fileName ?? WORKER_FILE),
    libraryFile: join(publicFolder, LIBRARY_FILE),
    plugin,
    configuration: findAppConfiguration(project.folder),
  };
}

/**
 * Finds where the files belong in an app that has a copy of the library.
 *
 * @throws Error where Vite's plugin makes the worker, or what {@link findPlacement} throws
 */
export function findPlacementOfCopy(cwd: string, folder: string | undefined): Placement {
  const project = findProject(cwd);
  if (findVitePlugin(project) === undefined) return findPlacement(cwd, folder);
  throw new Error(describePlugin(project));
}

/** Describes why an app with Vite's plugin has no copy of the library. */
export function describePlugin({ folder }: Project): string {
  return `${folder} uses tokenward/vite, which makes the worker of the installed version: there is no copy of it.`;
}

/** Returns a path in its readable form. */
export function displayPath({ project }: Placement, path: string): string {
  return relative(project.folder, path).replaceAll('\\', '/');
}

function usualFolder({ folder }: Project, framework: Framework | undefined, otherwise: string | undefined): string {
  const usual = framework?.publicFolder ?? otherwise;
  if (usual !== undefined) return join(folder, usual);
  if (framework === undefined) {
    throw new Error(
      `${folder} is built with none of ${FRAMEWORK_NAMES.join(', ')}. Name the folder whose files are served from the ` +
        'root of the origin: npx tokenward uninstall public',
    );
  }
  throw new Error(
    `The app names its folder for static files to ${framework.name}. Name it here too: npx tokenward uninstall FOLDER`,
  );
}
