import { hasStrings } from '../../src/protocol/json.ts';
import type { SessionStorage } from '../../src/protocol/session.ts';
import { generationOf, type RecordStore, type StoredRecord } from './record-store.ts';
import { deriveSealingKey, type SealingKey } from './sealing-key.ts';
import { type RecordName, UNREADABLE, type Vault } from './vault.ts';

/** What a worker version seals and opens its records with. */
export interface Binding {
  /** The secret of its script. */
  readonly secret: string;
  /** The fingerprint of its configuration, issuer and client in it: a record made under another does not open. */
  readonly configuration: string;
}

/** What a sealed vault is made of. */
export interface SealedVaultParts {
  readonly storage: Exclude<SessionStorage, 'memory'>;
  readonly store: RecordStore;
  readonly binding: Binding;
  readonly now: () => number;
}

/** A vault whose records stand in IndexedDB as ciphertext only. */
export interface SealedVault extends Vault {
  /** Keeps the binding of the version before this one, sealed under its own: until that one is gone both may write. */
  readonly inherit: (binding: Binding) => Promise<void>;
  /** Seals under the own key what the version before has left. */
  readonly settle: () => Promise<void>;
}

/** @param parts the secret, the store and the clock */
export function createSealedVault({ storage, store, binding, now }: SealedVaultParts): SealedVault {
  const generations = new Map<RecordName, number>();
  let deriving: Promise<SealingKey> | undefined;
  const own = (): Promise<SealingKey> => (deriving ??= deriveSealingKey(binding.secret));

  const openOwn = async (name: RecordName, record: StoredRecord): Promise<unknown> =>
    JSON.parse(await (await own()).open(record, boundTo(binding, name, record.generation)));

  const openInherited = async (name: RecordName, record: StoredRecord): Promise<unknown> => {
    const inheritance = await store.read('inheritance');
    const inherited = inheritance && (await openOwn('inheritance', inheritance));
    if (!hasStrings(inherited, 'secret', 'configuration')) return UNREADABLE;
    const key = await deriveSealingKey(inherited.secret);
    return JSON.parse(await key.open(record, boundTo(inherited, name, record.generation)));
  };

  const read = async (name: RecordName): Promise<unknown> => {
    const record = await store.read(name);
    generations.set(name, generationOf(record));
    return record && openOwn(name, record).catch(() => openInherited(name, record)).catch(() => UNREADABLE);
  };

  const write = async (name: RecordName, value: unknown): Promise<boolean> => {
    const generation = (generations.get(name) ?? generationOf(await store.read(name))) + 1;
    const sealed = await (await own()).seal(JSON.stringify(value), boundTo(binding, name, generation));
    const written = await store.write(name, { ...sealed, generation });
    if (written) generations.set(name, generation);
    return written;
  };

  return {
    storage,
    read,
    write,
    acquireLease: async (ttlMs) => store.acquireLease((await own()).name, now(), ttlMs),
    releaseLease: () => store.releaseLease(),
    inherit: async (inherited) => {
      generations.delete('inheritance');
      await write('inheritance', inherited);
    },
    settle: async () => {
      for (const name of ['session', 'pending'] as const) {
        const value = await read(name);
        // Where another version has just written, it is that version's record that counts, and it can be opened.
        if (value !== undefined && value !== UNREADABLE) await write(name, value);
      }
    },
  };
}

/** The additional authenticated data of a record. */
function boundTo({ configuration }: Binding, name: RecordName, generation: number): string {
  return JSON.stringify(['tokenward', configuration, name, generation]);
}
