/** How a check came out: `warn` is a weakness, or what could not be seen; `fail` is a promise that does not hold. */
export type Verdict = 'pass' | 'warn' | 'fail';

/** What one check has found. */
export interface Finding {
  /** The check's name, which stays the same from release to release. */
  readonly check: string;
  readonly verdict: Verdict;
  /** What was seen. */
  readonly found: string;
  /** What this lets an attacker do, or what does not work; absent where the check passed. */
  readonly risk?: string;
  /** The line that mends it; absent where the check passed. */
  readonly mend?: string;
}

/** One thing that is looked at, with what it is good for. */
export interface Check {
  pass(found: string): Finding;
  warn(found: string, mend?: string): Finding;
  fail(found: string, mend?: string): Finding;
  /** Fails with the problems, or passes where there is none. */
  judge(problems: readonly string[], found: string, mend?: string): Finding;
}

/** What is said of a check that did not pass. */
export interface CheckText {
  /** What it lets an attacker do, or what does not work then. */
  readonly risk: string;
  /** The line that mends it, unless the deployment itself says which. */
  readonly mend: string;
}

/** Makes a check of that name. */
export function defineCheck(check: string, { risk, mend }: CheckText): Check {
  const fault = (verdict: Verdict, found: string, line: string = mend): Finding => ({
    check,
    verdict,
    found,
    risk,
    mend: line,
  });
  const self: Check = {
    pass: (found) => ({ check, verdict: 'pass', found }),
    warn: (found, line) => fault('warn', found, line),
    fail: (found, line) => fault('fail', found, line),
    judge: (problems, found, line) => (problems.length === 0 ? self.pass(found) : self.fail(problems.join('; '), line)),
  };
  return self;
}
