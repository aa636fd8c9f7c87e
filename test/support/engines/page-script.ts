import type { PageScript } from './engine.ts';

/** What a script has answered, as JSON has it: the function's type says what the value is. */
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
