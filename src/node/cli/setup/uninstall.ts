import { existsSync } from 'node:fs';
import { placeText, readText, type FileChange } from './file-change.ts';
import type { Placement } from './placement.ts';
import { REMOVAL_WORKER } from './removal-worker.ts';
import { holdsOnlyTokenward } from './worker-file-content.ts';

/** What takes Tokenward out of an app. */
export interface Removal {
  readonly changes: readonly FileChange[];
  /** Whether a person has to go on: the worker file holds code of the app's own, which is not thrown away. */
  readonly isUnfinished: boolean;
}

/** Plans the removal: another worker in the place of the worker file, and no copy of the library. */
export function planRemoval({ workerFile, libraryFile }: Placement): Removal {
  const text = readText(workerFile);
  const isOurs = text === REMOVAL_WORKER || (text !== undefined && holdsOnlyTokenward(text));
  if (text !== undefined && !isOurs) return { changes: [{ path: workerFile, action: 'keep' }], isUnfinished: true };
  return {
    changes: [
      ...(text === undefined ? [] : [placeText(workerFile, REMOVAL_WORKER)]),
      ...(existsSync(libraryFile) ? [{ path: libraryFile, action: 'remove' } as const] : []),
    ],
    isUnfinished: false,
  };
}
