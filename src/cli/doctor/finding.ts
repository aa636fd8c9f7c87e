/** Result of a check: `warn` is a weakness or something that the doctor cannot see; `fail` is a broken promise. */
export type Verdict = 'pass' | 'warn' | 'fail';

/** Finding of one check. */
export interface Finding {
  /** The check's name, which stays the same from release to release. */
  readonly check: string;
  readonly verdict: Verdict;
  /** Observation, in a few words. */
  readonly found: string;
  /** Risk of the observation: an attack that becomes possible, or a function that fails. Absent if the check passed. */
  readonly risk?: string;
  /** Line that fixes it; absent if the check passed. */
  readonly fix?: string;
}

/** Check with its methods to create findings. */
export interface Check {
  pass(found: string): Finding;
  warn(found: string, fix?: string): Finding;
  fail(found: string, fix?: string): Finding;
  /** Fails with the problems, or passes if there are none. */
  judge(problems: readonly string[], found: string, fix?: string): Finding;
}

/** Texts about a check that did not pass. */
export interface CheckText {
  /** Attack that becomes possible, or function that fails. */
  readonly risk: string;
  /** Line that fixes it, unless the deployment itself determines the line. */
  readonly fix: string;
}

/** Creates a check. */
export function defineCheck(check: string, { risk, fix }: CheckText): Check {
  const fault = (verdict: Verdict, found: string, line: string = fix): Finding => ({
    check,
    verdict,
    found,
    risk,
    fix: line,
  });
  const self: Check = {
    pass: (found) => ({ check, verdict: 'pass', found }),
    warn: (found, line) => fault('warn', found, line),
    fail: (found, line) => fault('fail', found, line),
    judge: (problems, found, line) => (problems.length === 0 ? self.pass(found) : self.fail(problems.join('; '), line)),
  };
  return self;
}
