import type { Page } from 'playwright';

/** A tab of any engine, as far as attacks need one. */
export interface Tab {
  /** Chromium's and Firefox's page as Playwright has it, for what only Playwright can do. */
  readonly page: Page | undefined;
  readonly goto: (url: string) => Promise<void>;
  /** Runs a function in the page. What it closes over is not there; argument and result are JSON. */
  readonly evaluate: Evaluate;
  readonly url: () => Promise<string>;
  /** What stands in the console. */
  readonly said: () => string;
  readonly close: () => Promise<void>;
}

interface Evaluate {
  <R>(script: () => R | Promise<R>): Promise<R>;
  <R, A>(script: (argument: A) => R | Promise<R>, argument: A): Promise<R>;
}
