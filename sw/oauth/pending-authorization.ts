import { hasMembers, isStringList } from '../../src/protocol/json.ts';
import { Token } from '../vault/token.ts';
import type { Vault } from '../vault/vault.ts';

/** An authorization request whose response has not come yet. */
export interface PendingAuthorization {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: Token<'code_verifier'>;
  /** Where the browser goes afterwards: path, query and fragment within this origin. */
  readonly returnTo: string;
  readonly scopes: readonly string[];
  readonly createdAtMs: number;
  /** Whether an exchange of the code was begun already, and perhaps cut off by the end of the worker. */
  readonly attempted: boolean;
}

const LIFETIME_MS = 60 * 60 * 1000;
/** Old requests give way to new ones: a page that starts sign-ins in a loop cannot fill the storage. */
const MOST = 10;

/** The authorization requests under way, kept by `state`, so that two tabs can sign in at once. */
export class PendingAuthorizations {
  readonly #vault: Vault;
  readonly #now: () => number;

  constructor(vault: Vault, now: () => number) {
    this.#vault = vault;
    this.#now = now;
  }

  /** Writes a request down, before the browser leaves. */
  add(pending: PendingAuthorization): Promise<void> {
    return this.#update((all) => [...all, pending].slice(-MOST));
  }

  /** Notes that the code is about to be exchanged; a code is good for one exchange (RFC 6749, section 4.1.2). */
  async attempt(state: string): Promise<PendingAuthorization | undefined> {
    let found: PendingAuthorization | undefined;
    await this.#update((all) => {
      found = all.find((pending) => pending.state === state);
      return all.map((pending) => (pending.state === state ? { ...pending, attempted: true } : pending));
    });
    return found;
  }

  /** Forgets a request: its response was used, or refused. */
  remove(state: string): Promise<void> {
    return this.#update((all) => all.filter((pending) => pending.state !== state));
  }

  async #update(
    change: (all: readonly PendingAuthorization[]) => readonly PendingAuthorization[],
  ): Promise<void> {
    for (;;) {
      const stored = await this.#vault.read('pending');
      const all = (Array.isArray(stored) ? stored : []).map(parsePending).filter((pending) => pending !== undefined);
      const alive = all.filter(({ createdAtMs }) => Math.abs(this.#now() - createdAtMs) < LIFETIME_MS);
      const next = change(alive).map((pending) => ({ ...pending, codeVerifier: pending.codeVerifier.reveal() }));
      if (await this.#vault.write('pending', next)) return;
    }
  }
}

function parsePending(value: unknown): PendingAuthorization | undefined {
  if (!hasMembers(value)) return undefined;
  const { state, nonce, codeVerifier, returnTo, scopes, createdAtMs, attempted } = value;
  if (typeof state !== 'string' || typeof nonce !== 'string' || typeof codeVerifier !== 'string') return undefined;
  if (typeof returnTo !== 'string' || !isStringList(scopes) || typeof createdAtMs !== 'number') return undefined;
  return {
    state,
    nonce,
    codeVerifier: new Token('code_verifier', codeVerifier),
    returnTo,
    scopes,
    createdAtMs,
    attempted: attempted === true,
  };
}
