import type { Page } from 'playwright';
import type { Evaluator } from '../support/engines/engine.ts';

/** A tab of any engine, as far as attacks need one. */
export interface Tab extends Evaluator {
  /** The page as Playwright has it, in Chromium alone, for what only its debugger can do. */
  readonly page: Page | undefined;
  readonly goto: (url: string) => Promise<void>;
  readonly url: () => Promise<string>;
  /** Clicks somewhere in the page, as a user does. */
  readonly click: () => Promise<void>;
  /** What stands in the console. */
  readonly said: () => string;
  /** Forgets what stands in the console. */
  readonly forgetSaid: () => void;
  readonly close: () => Promise<void>;
}
