import type { PageScript } from './engine.ts';

/** Value that a script has answered with, as JSON has it: the function's type says what the value is. */
export interface Answer<R> {
  readonly value: R;
}

/**
 * The source of an expression that calls a function.
 *
 * @param script a function that names nothing outside of it
 */
export function toCall(script: PageScript<never, unknown>, argument: unknown): string {
  // esbuild, where it keeps names, wraps inner functions in a call of `__name`.
  return `((__name) => (${script.toString()})(${JSON.stringify(argument) ?? ''}))((named) => named)`;
}

/**
 * Calls a function where a driver evaluates expressions, and waits for promises.
 *
 * @param run evaluates an expression whose value is a promise of a string
 */
export async function callIn<R>(
  run: (expression: string) => Promise<string>,
  script: PageScript<never, R>,
  argument: unknown,
): Promise<R> {
  const call = `Promise.resolve(${toCall(script, argument)}).then((value) => JSON.stringify({ value }))`;
  const { value }: Answer<R> = JSON.parse(await run(call));
  return value;
}
