import { LIBRARY_FILE } from '../../protocol/default-names.ts';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readStandaloneWorker } from '../installation.ts';
import { placeText, readText, type FileChange } from './file-change.ts';
import { displayPath, type Placement } from './placement.ts';
import { REMOVAL_WORKER } from './removal-worker.ts';

/** Set-up of an app that has its configuration in a worker file, and no `tokenward.config.js`. */
export interface OlderSetup {
  /** The worker file, from the app's folder. */
  readonly workerFile: string;
  /** Files that go when the app moves, from the app's folder. */
  readonly files: readonly string[];
  /** Whether the worker file imports a copy of the library. */
  readonly hasCopy: boolean;
}

/** Finds an older set-up: a worker file in the folder of static files, or in `src` for Vite's plugin. */
export function findOlderSetup(placement: Placement): OlderSetup | undefined {
  const { plugin, project, workerFile, libraryFile } = placement;
  const source = plugin === undefined ? workerFile : join(project.folder, plugin.source);
  const text = readText(source);
  if (text === undefined || text === REMOVAL_WORKER || !/\btokenward\.|\bstartTokenward\b/.test(text)) return undefined;
  const hasCopy = existsSync(libraryFile) || (plugin === undefined && text.includes(LIBRARY_FILE));
  const files = [source, ...(hasCopy ? [libraryFile] : [])].map((file) => displayPath(placement, file));
  return { workerFile: displayPath(placement, source), files, hasCopy };
}

/** Plans the update of the library's copy to the installed version. */
export function planLibrary({ installation, libraryFile }: Placement): FileChange {
  return placeText(libraryFile, readStandaloneWorker(installation));
}

/** Says in one sentence how the app moves to the one configuration. */
export function describeMove({ workerFile, files }: OlderSetup, configuration: string): string {
  return (
    `${workerFile} goes on working; to move, write its options into ${configuration} as export default defineConfig({ origin, … }) ` +
    `with defineConfig from tokenward/config, delete ${files.join(' and ')}, and add the lines below.`
  );
}
