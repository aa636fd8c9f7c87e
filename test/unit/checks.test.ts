import { describe, expect, test } from 'vitest';
import { listChecks } from '../checks.ts';

/** The command of one check, as a line. */
function commandOf(name: string, changed?: readonly string[]): string | undefined {
  return listChecks(changed)
    .find((check) => check.name === name)
    ?.commandLine.join(' ');
}

describe('the checks of npm test', () => {
  test('are of everything without a change', () => {
    expect(listChecks().map(({ commandLine }) => commandLine.join(' '))).toEqual(
      ['typecheck', 'lint', 'format:check', 'knip', 'bundle'].map((name) => `npm run --silent ${name}`),
    );
    expect(listChecks([])).toEqual(listChecks());
  });

  test('of a change lint its files, and bundle if a source is newer than the bundles', () => {
    const changed = ['sw/session/back-off.ts', 'README.md'];

    expect(commandOf('lint', changed)).toBe(
      'npm run --silent lint -- --no-error-on-unmatched-pattern sw/session/back-off.ts README.md',
    );
    expect(commandOf('bundle', changed)).toBe('npx tsx test/support/build.ts');
    expect(commandOf('typecheck', changed)).toBe(commandOf('typecheck'));
    expect(commandOf('knip', changed)).toBe(commandOf('knip'));
  });

  test.for(['.oxlintrc.json', 'package-lock.json'])('lint everything after a change of %s', (file) => {
    expect(commandOf('lint', ['README.md', file])).toBe(commandOf('lint'));
  });
});
