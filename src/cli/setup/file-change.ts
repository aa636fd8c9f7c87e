import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What happens to a file. */
export type FileChange =
  | { readonly path: string; readonly action: 'create' | 'update'; readonly text: string }
  | { readonly path: string; readonly action: 'keep' | 'remove' };

/** The change that gives a file that text, if it has another one. */
export function placeText(path: string, text: string): FileChange {
  const present = readText(path);
  if (present === text) return { path, action: 'keep' };
  return { path, action: present === undefined ? 'create' : 'update', text };
}

/** The change that gives a file that text only where there is none. */
export function placeIfAbsent(path: string, text: string): FileChange {
  return existsSync(path) ? { path, action: 'keep' } : { path, action: 'create', text };
}

/** Makes the changes. */
export function applyChanges(changes: readonly FileChange[]): void {
  for (const change of changes) {
    if (change.action === 'remove') rmSync(change.path);
    if (change.action !== 'create' && change.action !== 'update') continue;
    mkdirSync(dirname(change.path), { recursive: true });
    writeFileSync(change.path, change.text);
  }
}

/** The text of a file; `undefined` where it is not there. */
export function readText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
