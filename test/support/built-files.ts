import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { runCommand } from '../cli/run-command.ts';
import type { TokenwardConfig } from '../../src/configuration/app-configuration.ts';

/** Texts of files by their paths. */
export type FileTexts = Readonly<Record<string, string>>;

/** Runs `tokenward build` for a configuration, and reads the files that it has written. */
export async function buildFiles(host: string, config: TokenwardConfig): Promise<FileTexts> {
  const folder = await mkdtemp(join(tmpdir(), 'tokenward-build-'));
  await writeFile(join(folder, 'tokenward.config.mjs'), `export default ${JSON.stringify(config)};`);
  const { stderr } = await runCommand(['build', '--for', host, '--out', 'deploy'], { cwd: folder });
  if (stderr !== '') throw new Error(stderr);
  const files = await readFolder(join(folder, 'deploy'));
  await rm(folder, { recursive: true });
  return files;
}

/** Reads the files of a folder by their paths. */
export async function readFolder(path: string): Promise<FileTexts> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = files.map(async (file) => [
    file.slice(path.length + 1).replaceAll(sep, '/'),
    await readFile(file, 'utf8'),
  ]);
  return Object.fromEntries(await Promise.all(texts));
}
