import type { Evaluator } from '../support/engines/engine.ts';
import { toCall } from '../support/engines/page-script.ts';

/** A frame of a page, which is of the page's origin: functions run with the frame's own globals. */
export function frameOf(page: Evaluator, name: string): Evaluator {
  return {
    evaluate: <R>(script: (argument: never) => R | Promise<R>, argument?: unknown): Promise<R> =>
      page.evaluate(
        // A promise of the frame is none of the page's own kind.
        async ({ frame, call }) => Reflect.get(window.frames, frame).eval(call),
        { frame: name, call: toCall(script, argument) },
      ),
  };
}
