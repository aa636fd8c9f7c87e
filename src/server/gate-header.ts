/** One header of a policy. */
export interface SecurityHeader {
  readonly name: string;
  readonly value: string;
  /** Whether it stands beside the app's own of that name, unless the app has the same (`append`), or in its place (`set`). */
  readonly merge: 'append' | 'set';
}

/**
 * The header that keeps the gate for service workers in force where an HTTP cache answers. Without it, script in a page fetches
 * another script of the origin, registers it with `updateViaCache: 'all'`, and the browser takes the worker from its cache: the
 * server never sees `Sec-Fetch-Dest: serviceworker`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-4.1
 */
export const GATE_HEADER: SecurityHeader = { name: 'vary', value: 'Sec-Fetch-Dest', merge: 'append' };

/**
 * Returns whether a header already holds a value, as one of its lines or as a member of its list.
 *
 * @param lines the lines of the header
 * @param value the value that would be appended
 */
export function holdsValue(lines: readonly string[], value: string): boolean {
  const wanted = value.toLowerCase();
  return lines.some((line) => [line, ...line.split(',')].some((member) => member.trim().toLowerCase() === wanted));
}
