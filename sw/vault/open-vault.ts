import type { WithoutSecret } from '../config/configuration.ts';
import { withMemoryFallback } from './memory-fallback.ts';
import { createMemoryVault } from './memory-vault.ts';
import { createRecordStore } from './record-store.ts';
import { createSealedVault, type SealedVault } from './sealed-vault.ts';
import { deriveSealingKey, sealingKey } from './sealing-key.ts';
import type { Vault } from './vault.ts';

/** A vault, and how it passes to the next worker version. */
export interface OpenVault {
  readonly vault: Vault;
  /** The bits of the key that opens this version's records; `undefined` if there is none, or they are in memory. */
  readonly handOverKey: () => Promise<ArrayBuffer | undefined>;
  /** Takes over from the version before; only a sealed vault can. */
  readonly inherit?: SealedVault['inherit'];
  /** Seals under the own key what the version before has left. */
  readonly settle: () => Promise<void>;
}

/** What a vault is opened with. */
export interface OpenVaultOptions {
  /** The secret of the worker's script; without one, tokens stay in memory. */
  readonly secret: string | undefined;
  readonly withoutSecret: WithoutSecret;
  /** What records are bound to. */
  readonly fingerprint: string;
  /** One vault for each registration scope. */
  readonly registrationScope: string;
  readonly now: () => number;
}

/** Opens the vault. Does no work before it is used: most starts of a worker are for requests that need none. */
export function openVault(options: OpenVaultOptions): OpenVault {
  const { fingerprint: configuration, registrationScope, withoutSecret, now } = options;
  let { secret } = options;
  if (secret === undefined && withoutSecret === 'memory') {
    return { vault: createMemoryVault(), handOverKey: async () => undefined, settle: async () => {} };
  }
  const store = createRecordStore(`tokenward ${new URL(registrationScope).pathname}`);
  const parts = { store, configuration, now };
  if (secret === undefined) {
    const key = once(async () => sealingKey(await store.wrappingKey()));
    // Every version has the same key: there is nothing to hand over.
    const wrapped = createSealedVault({ ...parts, storage: 'wrapped', key, workerVersion: async () => '' });
    const nothing = async (): Promise<undefined> => undefined;
    return { vault: withMemoryFallback(wrapped), handOverKey: nothing, inherit: nothing, settle: nothing };
  }
  const key = once(() => {
    const derived = deriveSealingKey(secret ?? '');
    secret = '';
    return derived;
  });
  const sealed = createSealedVault({
    ...parts,
    storage: 'sealed',
    key,
    workerVersion: async () => (await key()).name(),
  });
  const vault = withMemoryFallback(sealed);
  return {
    vault,
    handOverKey: async () => (vault.storage === 'memory' ? undefined : (await key()).handOver()),
    inherit: sealed.inherit,
    settle: sealed.settle,
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
