import { describe, expect, test } from 'vitest';
import { compareReports, type PackageReport, updateReport } from './package-report.ts';

const COMMITTED: PackageReport = {
  files: ['dist/index.js', 'package.json'],
  entries: { tokenward: 7.4, 'npx tokenward': 100 },
};

describe('the report of the package', () => {
  test('names a file that was added, and one that is gone', () => {
    const differences = compareReports(COMMITTED, { ...COMMITTED, files: ['dist/index.js', 'dist/index.test.js'] });

    expect(differences).toEqual([
      'dist/index.test.js is in the package, and not in the report',
      'package.json is in the report, and not in the package',
    ]);
  });

  test.for([
    ['grown by more than 0.5 KiB', 'tokenward', 8, 'tokenward: the report says 7.4 KiB, and the package has 8 KiB'],
    ['shrunk as much', 'tokenward', 6.8, 'tokenward: the report says 7.4 KiB, and the package has 6.8 KiB'],
    [
      'grown by more than 2 %',
      'npx tokenward',
      102.1,
      'npx tokenward: the report says 100 KiB, and the package has 102.1 KiB',
    ],
    ['added', 'tokenward/sw', 3, 'tokenward/sw: the report says no such entry, and the package has 3 KiB'],
  ] as const)('names an entry that has %s', ([, name, size, difference]) => {
    const current = { ...COMMITTED, entries: { ...COMMITTED.entries, [name]: size } };

    expect(compareReports(COMMITTED, current)).toEqual([difference]);
    expect(updateReport(COMMITTED, current)).toEqual(current);
  });

  test('names an entry that is gone', () => {
    const differences = compareReports(COMMITTED, { ...COMMITTED, entries: { tokenward: 7.4 } });

    expect(differences).toEqual(['npx tokenward: the report says 100 KiB, and the package has no such entry']);
  });

  test('stays as it is while no size has changed by more than that', () => {
    const current = { ...COMMITTED, entries: { tokenward: 7.9, 'npx tokenward': 101.9 } };

    expect(compareReports(COMMITTED, current)).toEqual([]);
    expect(updateReport(COMMITTED, current)).toEqual(COMMITTED);
  });
});
