import { LIBRARY_FILE } from '../../protocol/default-names.ts';
import { existsSync } from 'node:fs';
import { placeText, readText, type FileChange } from './file-change.ts';
import { displayPath, type Placement } from './placement.ts';
import { REMOVAL_WORKER } from './removal-worker.ts';
import { holdsOnlyTokenward } from './worker-file-content.ts';

/** Plan to remove Tokenward from an app. */
export interface Removal {
  readonly changes: readonly FileChange[];
  /** Whether a person must go on: the worker file holds code of the app, or Vite's plugin makes the worker. */
  readonly isUnfinished: boolean;
}

/** Plans the removal: a worker that unregisters itself replaces the worker file, and the copy of the library is deleted. */
export function planRemoval({ workerFile, libraryFile, plugin }: Placement): Removal {
  const text = readText(workerFile);
  const isOurs = text === REMOVAL_WORKER || (text !== undefined && holdsOnlyTokenward(text));
  if (text !== undefined && !isOurs) return { changes: [{ path: workerFile, action: 'keep' }], isUnfinished: true };
  return {
    changes: [
      // The plugin's worker is in no file of the app; one in the public folder has the same URL.
      ...(text === undefined && plugin === undefined ? [] : [placeText(workerFile, REMOVAL_WORKER)]),
      ...(existsSync(libraryFile) ? [{ path: libraryFile, action: 'remove' } as const] : []),
    ],
    // While the plugin is in the configuration, a build overwrites the file with the plugin's worker.
    isUnfinished: plugin !== undefined,
  };
}

/** Describes the steps that the user must take by hand. */
export function describeNextSteps(placement: Placement, { changes, isUnfinished }: Removal): string {
  const { plugin, workerFile } = placement;
  const path = displayPath(placement, workerFile);
  const isKept = isUnfinished && changes.some((change) => change.path === workerFile && change.action === 'keep');
  const isOfApp = isKept && readText(workerFile) !== REMOVAL_WORKER;
  if (isOfApp) {
    return `${path} holds code of your own. Remove importScripts() of ${LIBRARY_FILE} and tokenward.start() from it.`;
  }
  const rest = `Remove connect() from the page, deploy, and delete ${path} after your users have visited the app.`;
  if (plugin === undefined) return rest;
  const { config, source } = plugin;
  return (
    `Remove tokenward() and the import of tokenward/vite from ${config}, and delete ${source}: the plugin puts its own worker ` +
    `at ${path}. ${rest}`
  );
}
