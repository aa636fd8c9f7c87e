import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Change of one file. */
export type FileChange =
  | { readonly path: string; readonly action: 'create' | 'update'; readonly text: string }
  | { readonly path: string; readonly action: 'keep' | 'remove' };

/** Returns the change that writes the text unless the file has it already. */
export function placeText(path: string, text: string): FileChange {
  const present = readText(path);
  if (present === text) return { path, action: 'keep' };
  return { path, action: present === undefined ? 'create' : 'update', text };
}

/** Returns the change that writes the text unless the file exists. */
export function placeIfAbsent(path: string, text: string): FileChange {
  return existsSync(path) ? { path, action: 'keep' } : { path, action: 'create', text };
}

/** Applies the changes to the files. */
export function applyChanges(changes: readonly FileChange[]): void {
  for (const change of changes) {
    if (change.action === 'remove') rmSync(change.path);
    if (change.action !== 'create' && change.action !== 'update') continue;
    mkdirSync(dirname(change.path), { recursive: true });
    writeFileSync(change.path, change.text);
  }
}

/** Returns the text of a file; `undefined` if it does not exist. */
export function readText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
