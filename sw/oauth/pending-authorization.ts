import { hasMembers, hasStrings, isStringList, parseStrings } from '../../src/protocol/json.ts';
import type { ProvenClaims } from './claims-proof.ts';
import { parseToken, revealTokens, Token } from '../vault/token.ts';
import { createQueue } from '../vault/queue.ts';
import type { Vault } from '../vault/vault.ts';

/** Authorization request without a response yet. */
export interface PendingAuthorization {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: Token<'code_verifier'>;
  /** Key pair that the tokens will be bound to, if the configuration requires it. */
  readonly dpopKey: Token<'dpop_key'> | undefined;
  /** Path, query and fragment within this origin that the browser opens after the sign-in. */
  readonly returnTo: string;
  readonly scopes: readonly string[];
  /** Parameters that the page or a link has chosen. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Claims of a challenge, which are among the parameters too; absent if there are none. */
  readonly proven?: ProvenClaims;
  /** Facts of a sign-in that is to bring a session back, or shows nothing; absent if the user may choose who signs in. */
  readonly renewal?: RenewalRequest;
  /** Name that a page has given to its sign-in in a pop-up; absent if the sign-in is in the page's own window. */
  readonly popupId?: string;
  /** Name of the tab that the sign-in is in, empty for a tab that cannot keep one; absent if the tab has not been asked. */
  readonly tab?: string;
  /** Largest time since the user's authentication, in seconds, if the request limits it. */
  readonly maxAge: number | undefined;
  readonly createdAtMs: number;
  /** Whether an exchange of the code has begun. The browser may have stopped the worker during it. */
  readonly attempted: boolean;
}

/**
 * Request that is to bring a session back: one that shows nothing to the user (OpenID Connect Core 1.0, section 3.1.2.1, `prompt=none`), or
 * the renewal in a pop-up.
 */
export interface RenewalRequest {
  /** Subject of the session that it is to bring back, as the page remembers it. */
  readonly user?: string | undefined;
  /** Whether it holds what is remembered of the session: a hint about the user, further scopes. A server may refuse these. */
  readonly memory: 'sent' | 'none';
}

const LIFETIME_MS = 60 * 60 * 1000;
/** Largest number of requests: a page or a site that starts sign-ins in a loop cannot fill the storage. */
const MAX_PENDING = 50;
/** Largest number of requests of tabs that have not been asked. Any site can begin as many as it likes by one window. */
const MAX_UNASKED = 10;

/** Pending authorization requests by `state`, so that two tabs can sign in at once. */
export interface PendingAuthorizations {
  /**
   * Stores a request before the browser leaves.
   *
   * @returns whether there was room; if there was none, the tab must be asked for its name
   */
  readonly add: (pending: PendingAuthorization) => Promise<boolean>;
  /** Records that the worker exchanges the code now. A code is valid for one exchange (RFC 6749, section 4.1.2). */
  readonly attempt: (state: string) => Promise<PendingAuthorization | undefined>;
  /** Deletes a request after its response was used or refused. */
  readonly remove: (state: string) => Promise<void>;
}

/**
 * Creates the store of pending authorization requests.
 *
 * @param now the clock, in milliseconds since the epoch
 */
export function createPendingAuthorizations(vault: Vault, now: () => number): PendingAuthorizations {
  // Two tabs may sign in at once: each change reads the result of the other.
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
    add: async (pending) => {
      let isAdded = true;
      await update((all) => {
        isAdded = pending.tab !== undefined || all.filter(({ tab }) => tab === undefined).length < MAX_UNASKED;
        return isAdded ? withinLimit([...all, pending]) : all;
      });
      return isAdded;
    },
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

/**
 * Removes requests until there are no more than the limit: each time the oldest one of the tab that has most. So one tab cannot replace the
 * sign-in of another one, however many it begins. Each request of a tab that has not been asked counts as one of a tab of its own.
 */
function withinLimit(all: readonly PendingAuthorization[]): readonly PendingAuthorization[] {
  if (all.length <= MAX_PENDING) return all;
  const tabOf = ({ tab, state }: PendingAuthorization): string => (tab === undefined ? state : `tab ${tab}`);
  const counts = new Map<string, number>();
  for (const one of all) counts.set(tabOf(one), (counts.get(tabOf(one)) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const surplus = all.find((one) => counts.get(tabOf(one)) === most);
  return withinLimit(all.filter((one) => one !== surplus));
}

function parsePending(value: unknown): PendingAuthorization | undefined {
  if (!hasStrings(value, 'state', 'nonce', 'codeVerifier', 'returnTo')) return undefined;
  const {
    state,
    nonce,
    codeVerifier,
    returnTo,
    scopes,
    maxAge,
    createdAtMs,
    attempted,
    dpopKey,
    popupId,
    proven,
    tab,
  } = value;
  // The name of an earlier release.
  const renewal = parseRenewal(value['renewal'] ?? value['silent']);
  if (!isStringList(scopes) || typeof createdAtMs !== 'number') return undefined;
  return {
    state,
    nonce,
    codeVerifier: new Token('code_verifier', codeVerifier),
    dpopKey: parseToken('dpop_key', dpopKey),
    returnTo,
    scopes,
    ...(hasMembers(value['parameters']) && { parameters: parseStrings(value['parameters']) }),
    ...(renewal && { renewal }),
    ...(typeof popupId === 'string' && { popupId }),
    ...(typeof tab === 'string' && { tab }),
    ...(hasStrings(proven, 'text', 'proof') && { proven: { text: proven.text, proof: proven.proof } }),
    maxAge: typeof maxAge === 'number' ? maxAge : undefined,
    createdAtMs,
    attempted: attempted === true,
  };
}

function parseRenewal(value: unknown): RenewalRequest | undefined {
  if (!hasMembers(value)) return undefined;
  const { user, memory } = value;
  return { ...(typeof user === 'string' && { user }), memory: memory === 'sent' ? 'sent' : 'none' };
}
