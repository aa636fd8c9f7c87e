import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hasMembers } from '../../protocol/json.ts';

/** An app, as far as its files say. */
export interface Project {
  /** The folder of its package.json. */
  readonly folder: string;
  /** The names of what it depends on. */
  readonly dependencies: ReadonlySet<string>;
}

/**
 * Finds the app that a folder is part of: the nearest package.json, upwards.
 *
 * @throws Error that says what to do, where there is none, or it is no JSON
 */
export function findProject(cwd: string): Project {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return { folder, dependencies: readDependencies(folder) };
    if (folder === dirname(folder)) break;
  }
  throw new Error(`There is no package.json in ${cwd} or above it. Run this in the folder of the app.`);
}

/** Reads a file of a project as JSON; `undefined` where it is not there, or is none. */
export function readJson(path: string): unknown {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return value;
  } catch {
    return undefined;
  }
}

function readDependencies(folder: string): ReadonlySet<string> {
  const path = join(folder, 'package.json');
  const manifest = readJson(path);
  if (!hasMembers(manifest)) throw new Error(`${path} holds no JSON object.`);
  const { dependencies, devDependencies } = manifest;
  return new Set([dependencies, devDependencies].flatMap((names) => (hasMembers(names) ? Object.keys(names) : [])));
}
