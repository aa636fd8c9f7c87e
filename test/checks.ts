/** A check that needs no other. */
export interface Check {
  readonly name: string;
  readonly commandLine: readonly [command: string, ...options: string[]];
}

/** Scripts of the checks. The type check writes the declarations of the package too. */
const SCRIPTS = ['typecheck', 'lint', 'format:check', 'knip', 'bundle'];

/** Files that say how to lint all others. */
const OF_LINT = ['.oxlintrc.json', 'package-lock.json'];

/**
 * Lists the checks that need neither a bundle nor each other. Of a change, the changed files alone are linted, and the bundles are made if
 * they are older than a source: both take most of the time.
 *
 * @param changed paths from the root; everything is checked without them
 */
export function listChecks(changed?: readonly string[]): readonly Check[] {
  return SCRIPTS.map((name) => ({ name, commandLine: commandOf(name, changed ?? []) }));
}

function commandOf(name: string, changed: readonly string[]): Check['commandLine'] {
  if (name === 'bundle' && changed.length > 0) return ['npx', 'tsx', 'test/support/build.ts'];
  const isOfFiles = name === 'lint' && changed.length > 0 && !changed.some((file) => OF_LINT.includes(file));
  const files = isOfFiles ? ['--', '--no-error-on-unmatched-pattern', ...changed] : [];
  return ['npm', 'run', '--silent', name, ...files];
}
