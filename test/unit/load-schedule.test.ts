import { describe, expect, test } from 'vitest';
import { LoadSchedule } from '../load-schedule.ts';

const FILES = Array.from({ length: 6 }, (_, index) => `test/e2e/${index}.test.ts`);

/** Runs all that a schedule gives. @returns the number of files of each run */
function runAll(schedule: LoadSchedule, run: () => readonly string[] = () => []): readonly number[] {
  const sizes: number[] = [];
  for (let portion = schedule.next(); portion !== undefined; portion = schedule.next()) {
    sizes.push(portion.files.length);
    schedule.note(portion, run());
  }
  return sizes;
}

describe('the order of runs under load', () => {
  test('has each file run as often as asked, and all once before any runs again', () => {
    const schedule = new LoadSchedule({ files: FILES, times: 3, limitMs: Infinity }, () => 0);

    expect(runAll(schedule)).toEqual([4, 2, 4, 2, 4, 2]);
    expect(schedule.count()).toEqual({ runs: 18, left: 0 });
  });

  test('begins nothing that would take longer than there is time, by the longest run so far', () => {
    let nowMs = 0;
    const schedule = new LoadSchedule({ files: FILES, times: 5, limitMs: 100 }, () => nowMs);
    const durationsMs = [40, 30, 20];

    const sizes = runAll(schedule, () => {
      nowMs += durationsMs.shift() ?? 0;
      return [];
    });

    expect(sizes).toEqual([4, 2]);
    expect(schedule.remainingMs()).toBe(30);
  });

  test('begins at least one run, however short the time', () => {
    let nowMs = 0;
    const schedule = new LoadSchedule({ files: FILES, times: 5, limitMs: 1 }, () => nowMs);

    const sizes = runAll(schedule, () => {
      nowMs += 1000;
      return [];
    });

    expect(sizes).toEqual([4]);
    expect(schedule.count()).toEqual({ runs: 4, left: 2 });
    expect(schedule.table().rows).toEqual(FILES.slice(0, 4).map((file) => [file, '1', '0']));
    expect(schedule.table().notes).toEqual([
      'The time did not suffice for 2 files: test/e2e/4.test.ts, test/e2e/5.test.ts',
    ]);
    expect(schedule.remainingMs()).toBe(0);
  });

  test('counts the runs of a file that failed, and those of a folder', () => {
    const files = ['test/browser/', 'test/e2e/life.test.ts'];
    const schedule = new LoadSchedule({ files, times: 2, limitMs: Infinity }, () => 0);
    const failed = [['test/browser/gate.test.ts', 'test/browser/rpc.test.ts'], ['test/e2e/life.test.ts']];

    runAll(schedule, () => failed.shift() ?? []);

    expect(schedule.table().rows).toEqual([
      ['test/browser/', '2', '1'],
      ['test/e2e/life.test.ts', '2', '1'],
    ]);
  });

  test('has each file of the tests in all engines run by itself', () => {
    const files = ['test/e2e/a.test.ts', 'test/engines/b.test.ts', 'test/engines/c.test.ts', 'test/e2e/d.test.ts'];

    expect(runAll(new LoadSchedule({ files, times: 1, limitMs: Infinity }, () => 0))).toEqual([1, 1, 1, 1]);
  });

  test('is empty where there are no files', () => {
    expect(new LoadSchedule({ files: [], times: 5, limitMs: Infinity }, () => 0).next()).toBeUndefined();
  });
});
