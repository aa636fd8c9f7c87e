/** Something that has failed. */
export interface Failure {
  readonly title: string;
  readonly message: string;
  /** The file of a test, from the root. */
  readonly file?: string | undefined;
  /** Pictures and a trace that the test has left, as paths from the root. */
  readonly pictures: readonly string[];
  readonly trace?: string | undefined;
}

/** Returns a failure of which nothing but its name and its reason is known. */
export function failureOf(title: string, message: string): Failure {
  return { title, message, pictures: [] };
}
