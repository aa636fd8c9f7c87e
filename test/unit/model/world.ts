import { TokenwardError } from '../../../src/protocol/error.ts';
import type { RevocableTokens } from '../../../sw/session/open-revocation.ts';
import { TokenSession } from '../../../sw/session/token-session.ts';
import type { TokenSet } from '../../../sw/session/token-set.ts';
import type { RecordStore, StoredRecord } from '../../../sw/vault/record-store.ts';
import { SealedVault } from '../../../sw/vault/sealed-vault.ts';
import type { SealingKey } from '../../../sw/vault/sealing-key.ts';
import { Token } from '../../../sw/vault/token.ts';

/** The two versions of the worker that run at the same time. */
export type VersionName = 'A' | 'B';
export const VERSIONS: readonly VersionName[] = ['A', 'B'];

/** A version of the worker, as the model drives it. */
export interface Version {
  readonly session: TokenSession;
  /** Everything that this version was told, read or answered: its state follows from that. */
  readonly heard: string[];
}

/** Something that was begun and waits for its turn: a write to the database, a request, a message. */
interface Step {
  readonly label: string;
  readonly go: () => void;
}

const NOW_MS = 1_800_000_000_000;
const REFUSED = new TokenwardError('token_request_refused', 'Refused.', { serverCode: 'invalid_grant' });

/** Seals nothing and binds all the same: what the model is about is order, not secrecy. */
const KEY: SealingKey = {
  seal: async (plaintext, boundTo) => ({
    iv: new Uint8Array(12),
    ciphertext: new Uint8Array(new TextEncoder().encode(JSON.stringify([boundTo, plaintext]))).buffer,
  }),
  open: async ({ ciphertext }, boundTo) => {
    const [bound, plaintext]: unknown[] = JSON.parse(new TextDecoder().decode(ciphertext));
    if (bound !== boundTo || typeof plaintext !== 'string') throw new Error('It does not open.');
    return plaintext;
  },
};

/** A database, an authorization server, a page, and two versions of the worker, whose every step waits until it is told to go. */
export class World {
  readonly versions: Readonly<Record<VersionName, Version>>;
  /** The refresh tokens that the server knows, and what became of each. */
  readonly grants: Map<string, 'valid' | 'rotated' | 'revoked'> = new Map();
  /** Whether the server has refused a refresh. */
  hasRefused = false;
  /** Whether the server answers as soon as it has taken a request. */
  isServerQuick = false;
  /** Whether steps wait. */
  isHeld = false;
  /** Whether the network loses what is sent to the revocation endpoint. */
  isRevocationLost = false;
  readonly #records: Map<string, StoredRecord> = new Map();
  readonly #steps: Step[] = [];
  #nowMs = NOW_MS;
  #issued = 0;
  #kept: StoredRecord | undefined;

  constructor() {
    this.versions = { A: this.#start('A'), B: this.#start('B') };
  }

  /** Starts a version anew, as after a stop of its worker. */
  restart(): Version {
    return this.#start('A');
  }

  /** Gives the tokens of a sign-in. The access token has expired, so that its first use needs a refresh. */
  signIn(sub: string): TokenSet {
    this.#nowMs += 1;
    return this.#issue(sub, -1);
  }

  /** Signs in at a version; the tokens come after a while. */
  async exchange(name: VersionName, sub: string): Promise<void> {
    const { session } = this.versions[name];
    const signOuts = await session.signOuts();
    await this.#turn(`tokens for ${name}`);
    await session.start(this.signIn(sub), { signOuts });
  }

  /** Lets everything happen that waits for nothing. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** The labels of the steps that may be next: the database takes the writes of each version in order. */
  next(): readonly string[] {
    const labels = this.#steps.map(({ label }) => label);
    return labels.filter((label, index) => labels.indexOf(label) === index);
  }

  /** Lets the first step of a label go. */
  go(label: string): void {
    const index = this.#steps.findIndex((step) => step.label === label);
    const [step] = this.#steps.splice(index, 1);
    step?.go();
  }

  /** Keeps the session's record, as page script does before it puts it back. */
  keepRecord(): void {
    this.#kept = this.#records.get('session');
  }

  putRecordBack(): void {
    if (this.#kept) this.#records.set('session', this.#kept);
  }

  deleteRecord(): void {
    this.#records.delete('session');
  }

  /** Everything that decides what can happen from here on. */
  fingerprint(): string {
    const records = [...this.#records].map(([name, { generation, ciphertext }]) => [
      name,
      generation,
      new TextDecoder().decode(ciphertext),
    ]);
    const heard = VERSIONS.map((name) => this.versions[name].heard);
    const names = new Map<string, string>();
    return JSON.stringify([records, heard, [...this.grants], this.next()]).replace(
      /[0-9a-f]{8}-[0-9a-f-]{27}/g,
      (id) => names.get(id) ?? (names.set(id, `id${names.size}`), `id${names.size - 1}`),
    );
  }

  #start(name: VersionName): Version {
    const heard: string[] = [];
    const hear = (what: string): number => heard.push(what);
    const vault = new SealedVault({
      storage: 'sealed',
      store: this.#storeOf(name, hear),
      key: async () => KEY,
      workerVersion: async () => name,
      configuration: 'c',
      now: () => this.#nowMs,
    });
    const session = new TokenSession({
      vault,
      refresh: (tokens) => this.#refresh(name, tokens, hear),
      revoke: (tokens) => this.#revoke(tokens),
      announce: () => {},
      tellVersions: (sessionId) => this.#tell(name, sessionId),
      isOnline: () => true,
      now: () => this.#nowMs,
      schedule: () => {},
      refreshBeforeExpiryMs: 10_000,
      isServerReachable: async () => true,
      leaseMs: 20_000,
    });
    return { session, heard };
  }

  /** Waits until the model lets it go. */
  #turn(label: string): Promise<void> {
    if (!this.isHeld) return Promise.resolve();
    return new Promise((resolve) => this.#steps.push({ label, go: resolve }));
  }

  #storeOf(name: VersionName, hear: (what: string) => void): RecordStore {
    return {
      read: async (record) => {
        // At once: others' steps that come between the wish to read and the reading might as well come before both.
        const stored = this.#records.get(record);
        hear(`read ${record} ${stored ? new TextDecoder().decode(stored.ciphertext) : ''}`);
        return stored;
      },
      write: async (record, value) => {
        await this.#turn(`${name} writes`);
        const generation = this.#records.get(record)?.generation ?? 0;
        const written = generation === 0 || generation === value.generation - 1;
        if (written) this.#records.set(record, value);
        hear(`wrote ${record} ${written}`);
        return written;
      },
      // Page script can take a lease away, so the model goes without.
      acquireLease: async () => 'granted',
      remove: async () => {},
      wrappingKey: () => Promise.reject(new Error('There is none.')),
    };
  }

  #issue(sub: string, lifetimeMs: number): TokenSet {
    this.#issued += 1;
    const refreshToken = `refresh-${this.#issued}`;
    this.grants.set(refreshToken, 'valid');
    return {
      claims: { sub },
      scopes: ['openid'],
      accessTokens: {
        '': {
          accessToken: new Token('access_token', `access-${this.#issued}`),
          scopes: ['openid'],
          expiresAtMs: this.#nowMs + lifetimeMs,
          lifetimeMs: 60_000,
          isBound: false,
        },
      },
      refreshToken: new Token('refresh_token', refreshToken),
      idToken: new Token('id_token', 'id'),
      dpopKey: undefined,
    };
  }

  /** The server takes the request, and its answer arrives later. A rotated token is good for a while yet. */
  async #refresh(name: VersionName, tokens: TokenSet, hear: (what: string) => void): Promise<TokenSet> {
    await this.#turn(`server takes ${name}`);
    const used = tokens.refreshToken?.reveal() ?? '';
    const isRefused = this.grants.get(used) === 'revoked';
    this.hasRefused ||= isRefused;
    if (!isRefused) this.grants.set(used, 'rotated');
    const renewed = isRefused ? undefined : this.#issue(tokens.claims.sub, 60_000);
    if (!this.isServerQuick) await this.#turn(`answer for ${name}`);
    hear(`answer ${renewed?.refreshToken?.reveal() ?? 'refused'}`);
    if (!renewed) throw REFUSED;
    return renewed;
  }

  /** Revoking a rotated token does nothing. */
  async #revoke({ refreshToken }: RevocableTokens): Promise<boolean> {
    if (this.isRevocationLost) return false;
    const token = refreshToken?.reveal() ?? '';
    if (this.grants.get(token) === 'valid') this.grants.set(token, 'revoked');
    return true;
  }

  #tell(from: VersionName, sessionId: string): void {
    const to = from === 'A' ? 'B' : 'A';
    void this.#turn(`message to ${to}`).then(() => {
      const version = this.versions[to];
      version.heard.push(`told ${sessionId}`);
      return version.session.endSignedOut(sessionId);
    });
  }
}
