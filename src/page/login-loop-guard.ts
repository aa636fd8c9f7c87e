import { type AutomaticKind, landedAtMs, wasPageShown } from './landing.ts';
import { recall, remember, warn } from './platform.ts';
import type { ErrorCode } from '../protocol/error-codes.ts';
import { isTokenwardError } from '../protocol/error.ts';
import { hasMembers } from '../protocol/json.ts';

/** Shortest interval between two attempts, in milliseconds: it stops a loop of sign-ins. */
const GUARD_MS = 30_000;
/**
 * Shortest interval after an attempt that left the page without a response, in milliseconds: the server may have shown a login
 * page.
 */
const UNANSWERED_GUARD_MS = 5 * 60_000;

/** Errors that a user causes who does not want to sign in now. */
const STAYED: readonly ErrorCode[] = ['navigation_cancelled', 'popup_closed', 'popup_cancelled'];

/** Guard against loops of automatic sign-ins, with a note in the storage of this tab, and another in the referrer of the page. */
export interface LoginLoopGuard {
  /**
   * Records that the last attempt has ended, with or without success.
   *
   * @returns whether this is new
   */
  readonly answer: () => boolean;
  /**
   * Returns what is wrong with the last attempt of this tab, as long as it counts as not ended: the server has not sent the browser back
   * (`unanswered`), or has shown a page before (`page-shown`); `undefined` if nothing is known to be.
   */
  readonly trouble: () => 'unanswered' | 'page-shown' | undefined;
  /** Prevents attempts for the shortest interval. */
  readonly hold: () => void;
  /** Makes an attempt, unless the last one is too recent or the note cannot be stored. */
  readonly attempt: (act: () => Promise<void>) => Promise<void>;
}

/** Last attempt of this tab to sign in. */
interface Attempt {
  /** Time of the attempt, in milliseconds since the epoch; 0 if there was none. */
  readonly atMs: number;
  /** Whether it has ended, with or without success. */
  readonly isAnswered: boolean;
}

/**
 * Creates a guard.
 *
 * @param name key of the note
 * @param kind kind of the attempts
 */
export function createLoginLoopGuard(name: string, kind: AutomaticKind): LoginLoopGuard {
  // An answer of the app, or the app itself, may have cleared the storage on the way back, or just now.
  const landedMs = landedAtMs(kind);
  let own: Attempt = { atMs: landedMs, isAnswered: landedMs === 0 };
  const last = (): Attempt => {
    const text = recall('sessionStorage', name);
    return text === null ? own : parseAttempt(text);
  };
  /** Stores the note; returns whether it was stored. */
  const note = (attempt: Attempt): boolean => {
    own = attempt;
    const text = JSON.stringify(attempt);
    remember('sessionStorage', name, text);
    return recall('sessionStorage', name) === text;
  };
  return {
    answer: () => {
      const { atMs, isAnswered } = last();
      if (!isAnswered) note({ atMs, isAnswered: true });
      return !isAnswered;
    },
    trouble: () => {
      // Only with a note of its own: anyone may have written a link to the landing.
      const text = recall('sessionStorage', name);
      const { atMs, isAnswered } = parseAttempt(text);
      if (text === null || isAnswered || atMs === 0) return undefined;
      if (landedMs < atMs) return 'unanswered';
      return wasPageShown() ? 'page-shown' : undefined;
    },
    hold: () => void note({ atMs: Date.now(), isAnswered: true }),
    attempt: async (act) => {
      const { atMs, isAnswered } = last();
      const nowMs = Date.now();
      if (nowMs - atMs < (isAnswered ? GUARD_MS : UNANSWERED_GUARD_MS)) return;
      // Where no note can be kept, nothing would stop it from going round in circles.
      if (!note({ atMs: nowMs, isAnswered: false })) return;
      // A server that does not answer is no reason to leave the page: there is another attempt later. A user who has stayed is not asked
      // again so soon.
      await act().catch((error: unknown) => {
        const code = isTokenwardError(error) ? error.code : undefined;
        if (code === undefined || !STAYED.includes(code)) note({ atMs: nowMs, isAnswered: true });
        if (code === 'navigation_blocked' || code === 'popup_blocked') warn(String(error));
      });
    },
  };
}

/** Parses the note. An earlier release has stored the time alone, as a negative number while there was no answer. */
function parseAttempt(note: string | null): Attempt {
  const value = parseJson(note);
  if (typeof value === 'number') return { atMs: Math.abs(value), isAnswered: value >= 0 };
  const { atMs, isAnswered } = hasMembers(value) ? value : {};
  return { atMs: typeof atMs === 'number' ? atMs : 0, isAnswered: isAnswered !== false };
}

function parseJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '0');
  } catch {
    return undefined;
  }
}
