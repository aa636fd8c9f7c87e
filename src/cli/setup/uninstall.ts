import { LIBRARY_FILE } from '../../protocol/default-names.ts';
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { placeText, readText, type FileChange } from './file-change.ts';
import { displayPath, type Placement } from './placement.ts';
import { REMOVAL_WORKER } from './removal-worker.ts';
import { holdsOnlyTokenward } from './worker-file-content.ts';

/** Plan to remove Tokenward from an app. */
export interface Removal {
  readonly changes: readonly FileChange[];
  /** Whether a person must go on: the worker file holds code of the app, or the server or Vite's plugin makes the worker. */
  readonly isUnfinished: boolean;
}

/** Plans the removal: a worker that unregisters itself replaces the worker file, and the copy of the library is deleted. */
export function planRemoval({ workerFile, libraryFile, plugin, configuration }: Placement): Removal {
  const isMade = plugin !== undefined || configuration !== undefined;
  const text = readText(workerFile);
  const isOurs = text === REMOVAL_WORKER || (text !== undefined && holdsOnlyTokenward(text));
  if (text !== undefined && !isOurs) return { changes: [{ path: workerFile, action: 'keep' }], isUnfinished: true };
  return {
    changes: [
      // The worker that is made is in no file of the app; one in the public folder has the same URL.
      ...(text === undefined && !isMade ? [] : [placeText(workerFile, REMOVAL_WORKER)]),
      ...(existsSync(libraryFile) ? [{ path: libraryFile, action: 'remove' } as const] : []),
    ],
    // While the plugin or the middleware is there, its worker takes the place of the file.
    isUnfinished: isMade,
  };
}

/** Describes the steps that the user must take by hand. */
export function describeNextSteps(placement: Placement, { changes, isUnfinished }: Removal): string {
  const { plugin, workerFile, configuration, project } = placement;
  const path = displayPath(placement, workerFile);
  const isKept = isUnfinished && changes.some((change) => change.path === workerFile && change.action === 'keep');
  const isOfApp = isKept && readText(workerFile) !== REMOVAL_WORKER;
  if (isOfApp) {
    return `${path} holds code of your own. Remove importScripts() of ${LIBRARY_FILE} and tokenward.start() from it.`;
  }
  const rest = `Remove connect() from the page, deploy, and delete ${path} after your users have visited the app.`;
  const file = configuration && relative(project.folder, configuration);
  if (plugin === undefined) {
    if (file === undefined) return rest;
    return `Remove createTokenward() from the server, and delete ${file}: the server answers ${path} with its own worker. ${rest}`;
  }
  const { config, source } = plugin;
  return (
    `Remove tokenward() and the import of tokenward/vite from ${config}, and delete ${file ?? source}: the plugin puts its own worker ` +
    `at ${path}. ${rest}`
  );
}
