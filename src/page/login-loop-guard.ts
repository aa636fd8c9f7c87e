import { recall, remember } from './platform.ts';

/** Shortest interval between two attempts, in milliseconds: it stops a loop of sign-ins. */
const GUARD_MS = 30_000;
/**
 * Shortest interval after an attempt that left the page without a response, in milliseconds: the server may have shown a login
 * page.
 */
const UNANSWERED_GUARD_MS = 5 * 60_000;

/** Guard against loops of automatic sign-ins, with a note in the storage of this tab. */
export interface LoginLoopGuard {
  /**
   * Records that the last attempt has ended, with or without success.
   *
   * @returns whether this is new
   */
  readonly answer: () => boolean;
  /** Prevents attempts for the shortest interval. */
  readonly hold: () => void;
  /** Makes an attempt, unless the last one is too recent or the note cannot be stored. */
  readonly attempt: (act: () => Promise<void>) => Promise<void>;
}

/**
 * Creates a guard.
 *
 * @param name key of the note
 */
export function createLoginLoopGuard(name: string): LoginLoopGuard {
  /** Returns the time of the last attempt, in milliseconds since the epoch; negative while it has no response. */
  const last = (): number => Number(recall('sessionStorage', name));
  const note = (value: number): void => remember('sessionStorage', name, String(value));
  return {
    answer: () => {
      const isNew = last() < 0;
      if (isNew) note(-last());
      return isNew;
    },
    hold: () => note(Date.now()),
    attempt: async (act) => {
      const nowMs = Date.now();
      if (nowMs - Math.abs(last()) < (last() < 0 ? UNANSWERED_GUARD_MS : GUARD_MS)) return;
      note(-nowMs);
      // Where no note can be kept, nothing would stop it from going round in circles.
      if (last() !== -nowMs) return;
      // A server that does not answer is no reason to leave the page: there is another attempt later.
      await act().catch(() => note(nowMs));
    },
  };
}
