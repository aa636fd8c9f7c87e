import { readFile, writeFile } from 'node:fs/promises';
import { hasMembers, hasStrings } from '../../src/protocol/json.ts';
import { type MeasuredRatio, RATIOS } from './ratios.ts';
import type { Commit } from './revision.ts';
import { roundRatio } from './statistics.ts';

/** The file with one line of JSON for each recorded commit, the oldest first. */
const HISTORY: URL = new URL('history.jsonl', import.meta.url);

/** The ratios of a commit. */
export interface HistoryEntry extends Commit {
  /** Engine and version, such as `Chromium 156.0`. */
  readonly engine: string;
  /** Median and both ends of the spread, by the names of {@link RATIOS}. */
  readonly ratios: Readonly<Record<string, readonly [median: number, from: number, to: number]>>;
}

/** Writes the line of a commit into the history. A line that the commit has already is replaced. */
export async function record(commit: Commit, engine: string, measured: readonly MeasuredRatio[]): Promise<void> {
  const ratios = measured.map(
    ({ name, spread: { median, from, to } }) => [name, [median, from, to].map(roundRatio)] as const,
  );
  const line = JSON.stringify({ ...commit, engine, ratios: Object.fromEntries(ratios) });
  await writeFile(HISTORY, addLine(await readFile(HISTORY, 'utf8'), parseEntry(line)));
}

/** Adds an entry to the text of a history, sorted by date. */
export function addLine(history: string, entry: HistoryEntry): string {
  const others = parseHistory(history).filter(({ date, subject }) => date !== entry.date || subject !== entry.subject);
  const entries = [...others, entry].toSorted((one, other) => Date.parse(one.date) - Date.parse(other.date));
  return entries.map((each) => `${JSON.stringify(each)}\n`).join('');
}

/**
 * Parses the text of a history.
 *
 * @throws TypeError for a line that is no entry
 */
export function parseHistory(history: string): readonly HistoryEntry[] {
  return history
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseEntry(line));
}

function parseEntry(line: string): HistoryEntry {
  const parsed: unknown = JSON.parse(line);
  if (!hasStrings(parsed, 'date', 'subject', 'engine') || Number.isNaN(Date.parse(parsed['date'])))
    throw new TypeError(`A line needs a date, a subject and an engine: ${line}`);
  const { date, subject, engine, ratios } = parsed;
  if (!hasMembers(ratios)) throw new TypeError(`A line needs ratios: ${line}`);
  const known = RATIOS.map(({ name }) => [name, parseSpread(name, ratios[name])] as const);
  return { date, subject, engine, ratios: Object.fromEntries(known) };
}

function parseSpread(name: string, value: unknown): readonly [number, number, number] {
  const [median, from, to, ...rest]: readonly unknown[] = Array.isArray(value) ? value : [];
  if (typeof median !== 'number' || typeof from !== 'number' || typeof to !== 'number' || rest.length > 0)
    throw new TypeError(`The ratio ${name} needs three numbers.`);
  if (from > median || median > to) throw new TypeError(`The median of ${name} is outside its spread.`);
  return [median, from, to];
}
