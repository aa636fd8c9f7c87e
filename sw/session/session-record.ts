import { revealTokens } from '../vault/token.ts';
import type { Vault } from '../vault/vault.ts';
import { joinRevocations, openRevocation, type OpenRevocation } from './open-revocation.ts';
import { createQueue } from '../vault/queue.ts';
import { isLater, type Position } from './session-order.ts';
import { parseState, type SessionState, type SignedInState, type SignedOutState } from './session-state.ts';

/** The next state; place and open revocations follow from the state before, unless it says so. */
export type NextState = Next<SignedInState> | Next<SignedOutState>;
type Next<S> = Omit<S, 'position' | 'open'> & {
  readonly position?: Position;
  readonly open?: readonly OpenRevocation[];
};

/** The state of the session, as it stands in the vault and in this worker's memory. */
export interface SessionRecord {
  /** The state that this worker knows already. */
  readonly known: () => SessionState | undefined;
  /** Reads the state from the vault the first time. */
  readonly load: () => Promise<SessionState>;
  /**
   * Goes to the next state: one change at a time, written down before anybody sees it. Where another version of the worker has
   * written a later state in between, the decision is made again upon that one.
   *
   * @param decide the next state, or `false` to leave it as it is
   * @returns the state before; `undefined` if it was left
   */
  readonly change: (decide: (state: SessionState) => NextState | false) => Promise<SessionState | undefined>;
  /** Takes over what another version of the worker has written, if it is later than what this one knows. */
  readonly sync: () => Promise<SessionState>;
  /** Forgets what was read before this worker was handed the vault of the version before. */
  readonly forget: () => void;
}

/** Dependencies of the record. */
export interface RecordParts {
  readonly vault: Vault;
  readonly now: () => number;
  /** Receives each new state. */
  readonly publish: (state: SessionState) => void;
}

/** Number of times that a state is written again: page script may put old records back in turns. */
const MAX_WRITES = 5;

/**
 * Takes over a later state. Tokens that this version has got itself in the meantime are revoked too, if the user has signed out, or is
 * another one: the version that wrote the state cannot know of them.
 */
function takeOver(stored: SessionState, { tokens, open }: SessionState, nowMs: number): SessionState {
  const isOver = stored.tokens ? stored.tokens.claims.sub !== tokens?.claims.sub : stored.reason === 'signed-out';
  const own = tokens && isOver ? [openRevocation(tokens, nowMs)] : [];
  return { ...stored, open: [...joinRevocations(stored.open, open), ...own] };
}

/**
 * Creates the record of a session.
 *
 * @param parts the vault, the clock, and the receiver of each new state
 */
export function createSessionRecord({ vault, now, publish }: RecordParts): SessionRecord {
  let state: SessionState | undefined;
  let loading: Promise<SessionState> | undefined;
  const inTurn = createQueue();

  const read = async (): Promise<SessionState> => parseState(await vault.read('session'));

  const load = async (): Promise<SessionState> => {
    const reading = (loading ??= read());
    const found = await reading;
    // What was to be forgotten meanwhile is read again.
    if (loading !== reading) return load();
    return (state ??= found);
  };

  const enter = (next: SessionState): void => {
    state = next;
    publish(next);
  };

  return {
    known: () => state,
    load,
    change: (decide) =>
      inTurn(async () => {
        let before = await load();
        /** Whether there is more to revoke than the vault knows of. */
        let isOwing = false;
        for (let writes = 1; ; writes++) {
          const decided = decide(before);
          if (decided === false && !isOwing) return undefined;
          const { open, position } = before;
          const next = decided ? { open, position: { ...position, turn: position.turn + 1 }, ...decided } : before;
          if ((await vault.write('session', revealTokens(next))) || writes === MAX_WRITES) {
            enter(next);
            return decided ? before : undefined;
          }
          const stored = await read();
          const isStoredLater = isLater(stored, before);
          // Whichever is later, what the other version has still to revoke counts too.
          before = isStoredLater
            ? takeOver(stored, before, now())
            : { ...before, open: joinRevocations(before.open, stored.open) };
          isOwing = before.open.length > stored.open.length;
          if (isStoredLater) enter(before);
        }
      }),
    // In turn: a record that was read and not yet taken over must not be written over.
    sync: () =>
      inTurn(async () => {
        const known = await load();
        const stored = await read();
        if (!isLater(stored, known)) return known;
        const next = takeOver(stored, known, now());
        enter(next);
        // What fails here is written with the next change.
        if (next.open.length > stored.open.length) await vault.write('session', revealTokens(next));
        return next;
      }),
    forget: () => {
      state = loading = undefined;
    },
  };
}
