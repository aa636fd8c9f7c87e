import { hasStrings, isStringList } from '../../src/protocol/json.ts';
import { parseToken, revealTokens, Token } from '../vault/token.ts';
import { createQueue } from '../vault/queue.ts';
import type { Vault } from '../vault/vault.ts';

/** An authorization request whose response has not come yet. */
export interface PendingAuthorization {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: Token<'code_verifier'>;
  /** The key pair that the tokens are to be bound to, if they are. */
  readonly dpopKey: Token<'dpop_key'> | undefined;
  /** Where the browser goes afterwards: path, query and fragment within this origin. */
  readonly returnTo: string;
  readonly scopes: readonly string[];
  /** How long ago the user may have signed in at most, in seconds, if the request says so. */
  readonly maxAge: number | undefined;
  readonly createdAtMs: number;
  /** Whether an exchange of the code was begun already, and perhaps cut off by the end of the worker. */
  readonly attempted: boolean;
}

const LIFETIME_MS = 60 * 60 * 1000;
/**
 * Old requests give way to new ones: a page that starts sign-ins in a loop cannot fill the storage. Any site can send the browser
 * to the sign-in address, so a few must not push out the user's own.
 */
const MOST = 50;

/** The authorization requests under way, kept by `state`, so that two tabs can sign in at once. */
export interface PendingAuthorizations {
  /** Writes a request down, before the browser leaves. */
  readonly add: (pending: PendingAuthorization) => Promise<void>;
  /** Notes that the code is about to be exchanged; a code is good for one exchange (RFC 6749, section 4.1.2). */
  readonly attempt: (state: string) => Promise<PendingAuthorization | undefined>;
  /** Forgets a request: its response was used, or refused. */
  readonly remove: (state: string) => Promise<void>;
}

/** @param now the clock, in milliseconds since the epoch */
export function createPendingAuthorizations(vault: Vault, now: () => number): PendingAuthorizations {
  // Two tabs may sign in at once: one change reads what the other has written.
  const inTurn = createQueue();
  const update = (change: (all: readonly PendingAuthorization[]) => readonly PendingAuthorization[]): Promise<void> =>
    inTurn(async () => {
      // Another worker version may write at the same time, a few times at most.
      for (let attempt = 0; attempt < 5; attempt++) {
        const stored = await vault.read('pending');
        const all = (Array.isArray(stored) ? stored : []).map(parsePending).filter((pending) => pending !== undefined);
        const alive = all.filter(({ createdAtMs }) => Math.abs(now() - createdAtMs) < LIFETIME_MS);
        const next = change(alive).map(revealTokens);
        if (await vault.write('pending', next)) return;
      }
    });
  return {
    add: (pending) => update((all) => [...all, pending].slice(-MOST)),
    attempt: async (state) => {
      let found: PendingAuthorization | undefined;
      await update((all) => {
        found = all.find((pending) => pending.state === state);
        return all.map((pending) => (pending === found ? { ...pending, attempted: true } : pending));
      });
      return found;
    },
    remove: (state) => update((all) => all.filter((pending) => pending.state !== state)),
  };
}

function parsePending(value: unknown): PendingAuthorization | undefined {
  if (!hasStrings(value, 'state', 'nonce', 'codeVerifier', 'returnTo')) return undefined;
  const { state, nonce, codeVerifier, returnTo, scopes, maxAge, createdAtMs, attempted, dpopKey } = value;
  if (!isStringList(scopes) || typeof createdAtMs !== 'number') return undefined;
  return {
    state,
    nonce,
    codeVerifier: new Token('code_verifier', codeVerifier),
    dpopKey: parseToken('dpop_key', dpopKey),
    returnTo,
    scopes,
    maxAge: typeof maxAge === 'number' ? maxAge : undefined,
    createdAtMs,
    attempted: attempted === true,
  };
}
