import type { OpenRevocation, RevocableTokens } from './open-revocation.ts';
import type { SessionRecord } from './session-record.ts';
import type { SessionState } from './session-state.ts';

/** Dependencies of the revocations. */
export interface RevocationParts {
  /**
   * Revokes tokens (RFC 7009).
   *
   * @returns whether the authorization server has answered; it never throws
   */
  readonly revoke: (tokens: RevocableTokens) => Promise<boolean>;
  readonly now: () => number;
  /** Does something later, if the worker still runs then. */
  readonly schedule: (act: () => void, delayMs: number) => void;
}

/** Revocations that the authorization server has not answered yet. */
export interface Revocations {
  /** Sends each of them, and forgets those that the server has answered and those whose tokens have expired. */
  readonly send: () => Promise<void>;
  /** Sends them again, unless it is too early. */
  readonly retry: () => void;
}

const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 60_000;
/** Number of times that a timer tries; after that, only events do. */
const MAX_TIMERS = 5;

/** Lists the revocations that wait for no end of a session. */
function dueIn({ open, tokens, position }: SessionState): readonly OpenRevocation[] {
  return open.filter(({ sessionId }) => !tokens || sessionId !== position.id);
}

/**
 * Creates the revocations of a session. A page can keep a request from going out (it fills the socket pool, stops the worker, waits
 * until there is no network), so each one is tried again: later, at the next request, at the next start of the worker.
 */
export function createRevocations(record: SessionRecord, { revoke, now, schedule }: RevocationParts): Revocations {
  let sending: Promise<void> | undefined;
  let failures = 0;
  let failedAtMs = 0;
  const delayMs = (): number => (failures === 0 ? 0 : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1)));

  const sendAll = async (): Promise<void> => {
    const due = dueIn(await record.load());
    if (due.length === 0) return;
    const isOver = await Promise.all(due.map(async (one) => one.untilMs <= now() || (await revoke(one))));
    const ended = new Set(due.filter((_, index) => isOver[index]).map(({ id }) => id));
    if (ended.size > 0) {
      await record.change((state) => ({ ...state, open: state.open.filter(({ id }) => !ended.has(id)) }));
    }
    failures = ended.size === due.length ? 0 : failures + 1;
    failedAtMs = now();
    if (failures > 0 && failures <= MAX_TIMERS) schedule(retry, delayMs());
  };

  const send = async (): Promise<void> => {
    // What was opened while others were being sent goes with the next turn.
    await sending;
    sending ??= sendAll().finally(() => (sending = undefined));
    await sending;
  };

  const retry = (): void => {
    const isEarly = failures > 0 && Math.abs(now() - failedAtMs) < delayMs();
    const known = record.known();
    if (!isEarly && !sending && known && dueIn(known).length > 0) void send();
  };

  return { send, retry };
}
