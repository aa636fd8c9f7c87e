import { recall, remember } from './platform.ts';

/** One attempt in this time, in milliseconds: a sign-in that goes round in circles stops here. */
const GUARD_MS = 30_000;
/** The same after an attempt that left the page and has brought no answer: its server may have shown a login page after all. */
const UNANSWERED_GUARD_MS = 5 * 60_000;

/** Keeps sign-ins that nobody asked for from going round in circles, by a note that this tab keeps. */
export interface AttemptGuard {
  /** The last attempt has come to an end, good or bad. @returns whether that was not known */
  readonly answer: () => boolean;
  /** No attempt for a while. */
  readonly hold: () => void;
  /** Makes an attempt, unless there was one a while ago, or no note can be kept. */
  readonly attempt: (act: () => Promise<void>) => Promise<void>;
}

/** @param name what the note is kept under */
export function createAttemptGuard(name: string): AttemptGuard {
  /** When the last attempt was made; negative until it is answered. */
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
