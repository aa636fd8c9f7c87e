import { serializeError, TokenwardError } from '../../src/protocol/error.ts';
import { type Claims, isSameUser } from '../../src/protocol/session.ts';
import { revealTokens } from '../vault/token.ts';
import type { Vault } from '../vault/vault.ts';
import { joinRevocations, openRevocation, type OpenRevocation } from './open-revocation.ts';
import { createQueue, type Queue } from '../vault/queue.ts';
import { isLater, type Position } from './session-order.ts';
import { parseState, type SessionState, type SignedInState, type SignedOutState } from './session-state.ts';

/** The next state; place and open revocations follow from the state before, unless it says so. */
export type NextState = Next<SignedInState> | Next<SignedOutState>;
type Next<S> = Omit<S, 'position' | 'open'> & {
  readonly position?: Position;
  readonly open?: readonly OpenRevocation[];
};

/** Dependencies of the record. */
export interface RecordParts {
  readonly vault: Vault;
  readonly now: () => number;
  /** Receives each new state. */
  readonly publish: (state: SessionState) => void;
  /** Whether the configuration allows a user: an earlier one may have allowed more. It allows every user by default. */
  readonly allows?: ((claims: Claims) => boolean) | undefined;
}

/** Number of times that a state is written again: page script may put old records back in turns. */
const MAX_WRITES = 5;

/**
 * Joins a later state that another version of the worker has written with what this version knows. Tokens that this version has got itself in the meantime are revoked too, if the user has signed out, or is
 * another one: the version that wrote the state cannot know of them.
 */
function joinStored(stored: SessionState, { tokens, open }: SessionState, nowMs: number): SessionState {
  const isOver = stored.tokens ? !isSameUser(stored.tokens.claims, tokens?.claims) : isEnded(stored);
  const own = tokens && isOver ? [openRevocation(tokens, nowMs)] : [];
  return { ...stored, open: [...joinRevocations(stored.open, open), ...own] };
}

/** Whether a session has ended for good: what was got for it since is of no use. */
function isEnded({ reason }: SignedOutState): boolean {
  return reason === 'signed-out' || reason === 'expired';
}

/** The state of the session, as it stands in the vault and in this worker's memory. */
export class SessionRecord {
  readonly #parts: RecordParts;
  readonly #inTurn: Queue = createQueue();
  #state: SessionState | undefined;
  #loading: Promise<SessionState> | undefined;

  constructor(parts: RecordParts) {
    this.#parts = parts;
  }

  /** Returns the state that this worker knows already. */
  known(): SessionState | undefined {
    return this.#state;
  }

  /** Reads the state from the vault the first time. */
  async load(): Promise<SessionState> {
    const reading = (this.#loading ??= this.#read());
    const found = await reading;
    // What was unloaded meanwhile is read again.
    if (this.#loading !== reading) return this.load();
    return (this.#state ??= found);
  }

  /** Forgets what was read before this worker was handed the vault of the version before. */
  unload(): void {
    this.#state = undefined;
    this.#loading = undefined;
  }

  /**
   * Goes to the next state: one change at a time, written down before anybody sees it. Where another version of the worker has
   * written a later state in between, the decision is made again upon that one.
   *
   * @param decide the next state, or `false` to leave it as it is
   * @returns the state before; `undefined` if it was left
   */
  change(decide: (state: SessionState) => NextState | false): Promise<SessionState | undefined> {
    return this.#inTurn(() => this.#changeNow(decide));
  }

  /** Takes over what another version of the worker has written, if it is later than what this one knows. */
  catchUp(): Promise<SessionState> {
    // In turn: a record that was read and not yet taken over must not be written over.
    return this.#inTurn(() => this.#catchUpNow());
  }

  async #changeNow(decide: (state: SessionState) => NextState | false): Promise<SessionState | undefined> {
    let before = await this.load();
    /** Whether there is more to revoke than the vault knows of. */
    let isOwing = false;
    for (let writes = 1; ; writes++) {
      const decided = decide(before);
      if (decided === false && !isOwing) return undefined;
      const next = decided ? stateAfter(before, decided) : before;
      if ((await this.#write(next)) || writes === MAX_WRITES) {
        this.#enter(next);
        return decided ? before : undefined;
      }
      const stored = await this.#read();
      const isStoredLater = isLater(stored, before);
      // Whichever is later, what the other version has still to revoke counts too.
      before = isStoredLater
        ? joinStored(stored, before, this.#parts.now())
        : { ...before, open: joinRevocations(before.open, stored.open) };
      isOwing = before.open.length > stored.open.length;
      if (isStoredLater) this.#enter(before);
    }
  }

  async #catchUpNow(): Promise<SessionState> {
    const known = await this.load();
    const stored = await this.#read();
    if (!isLater(stored, known)) return known;
    const next = joinStored(stored, known, this.#parts.now());
    this.#enter(next);
    // What fails here is written with the next change.
    if (next.open.length > stored.open.length) await this.#write(next);
    return next;
  }

  #enter(next: SessionState): void {
    const before = this.#state;
    this.#state = next;
    // Pages see nothing of the count.
    const isOfCount = before?.unclearAnswers !== next.unclearAnswers;
    if (isOfCount && before?.tokens === next.tokens && before?.lastError === next.lastError) return;
    this.#parts.publish(next);
  }

  async #read(): Promise<SessionState> {
    const { vault, allows, now } = this.#parts;
    const state = parseState(await vault.read('session'));
    return state.tokens && allows?.(state.tokens.claims) === false ? refuseUser(state, now()) : state;
  }

  #write(state: SessionState): Promise<boolean> {
    return this.#parts.vault.write('session', revealTokens(state));
  }
}

/** Returns the state that a decision leads to. */
function stateAfter({ open, position }: SessionState, decided: NextState): SessionState {
  return { open, position: { ...position, turn: position.turn + 1 }, ...decided };
}

/** Returns the state without the session of a user whom the configuration does not allow any more. The tokens are revoked. */
function refuseUser({ tokens, position, open }: SignedInState, nowMs: number): SignedOutState {
  const error = new TokenwardError(
    'id_token_invalid',
    'The session was of a user whose tenant is not among "authorizationServer.tenants" any more. Sign in as a user of one of them.',
  );
  return {
    reason: 'refused',
    position,
    open: [...open, openRevocation(tokens, nowMs)],
    lastError: serializeError(error),
  };
}
