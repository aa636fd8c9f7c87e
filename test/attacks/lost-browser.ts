/** A browser that has crashed, ended or stopped to answer: what an attack came to there says nothing. */
export class LostBrowserError extends Error {
  /** @param cause what came of the attack, as it was thrown */
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
