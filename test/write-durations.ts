import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readVitest } from './report/vitest-results.ts';
import { ROOT } from './support/build.ts';

// Writes how long each end-to-end file took in the last run of all tests.
const { tests } = readVitest(JSON.parse(readFileSync(join(ROOT, 'test-results/vitest.json'), 'utf8')), ROOT);
const totalsMs = new Map<string, number>();
for (const { file, durationMs } of tests.filter(({ file: path }) => path.startsWith('test/e2e/'))) {
  totalsMs.set(file, (totalsMs.get(file) ?? 0) + durationMs);
}
const seconds = [...totalsMs].toSorted(([one], [other]) => one.localeCompare(other));
const measured = Object.fromEntries(seconds.map(([file, ms]) => [file, Math.max(1, Math.round(ms / 1000))]));
writeFileSync(join(ROOT, 'test/durations.json'), `${JSON.stringify(measured, undefined, 2)}\n`);
process.stdout.write(`test/durations.json: ${seconds.length} files\n`);
