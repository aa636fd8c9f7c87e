import { readStandaloneWorker } from '../installation.ts';
import { placeIfAbsent, placeText, type FileChange } from './file-change.ts';
import type { Placement } from './placement.ts';
import { createWorkerFile, type WorkerFileOptions } from './worker-file.ts';

/** Plans the setup of an app: its own worker file, if there is none yet, and a copy of the library. */
export function planInit(placement: Placement, options: WorkerFileOptions): readonly FileChange[] {
  return [placeIfAbsent(placement.workerFile, createWorkerFile(options)), planLibrary(placement)];
}

/** Plans the update of the library's copy to the installed version. */
export function planLibrary({ installation, libraryFile }: Placement): FileChange {
  return placeText(libraryFile, readStandaloneWorker(installation));
}
