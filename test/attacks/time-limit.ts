import { inTime } from '../support/time-limit.ts';

/** How long something may take to close, in milliseconds. */
const CLOSING_MS = 5000;

/**
 * Waits for something, but not for ever.
 *
 * @throws Error when it takes longer; what it does goes on, and nobody waits for it any more
 */
export function within<T>(limitMs: number, done: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(reject, limitMs, new Error(`It has come to no end in ${limitMs / 1000} s.`));
  });
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}

/** Waits until something has closed, but not for ever: a browser may never say so of a page that is navigating. */
export function closed(closing: Promise<void>): Promise<void> {
  return inTime(
    CLOSING_MS,
    closing.catch(() => {}),
    undefined,
  );
}
