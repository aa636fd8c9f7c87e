import { withMemoryFallback } from './memory-fallback.ts';
import { createMemoryVault } from './memory-vault.ts';
import { createRecordStore } from './record-store.ts';
import { type Binding, createSealedVault } from './sealed-vault.ts';
import type { Vault } from './vault.ts';

/** A vault, and how it passes to the next worker version. */
export interface OpenVault {
  readonly vault: Vault;
  /** The secret that opens this version's records; `undefined` if they are in memory. */
  readonly secretToHandOver: () => string | undefined;
  /** Takes over from the version before; only a sealed vault can. */
  readonly inherit?: (binding: Binding) => Promise<void>;
  /** Seals under the own key what the version before has left. */
  readonly settle: () => Promise<void>;
}

/** What a vault is opened with. */
export interface OpenVaultOptions {
  /** The secret of the worker's script; without one, tokens stay in memory. */
  readonly secret: string | undefined;
  /** What records are bound to. */
  readonly fingerprint: string;
  /** One vault for each registration scope. */
  readonly registrationScope: string;
  readonly now: () => number;
}

/** Opens the vault. Does no work before it is used: most starts of a worker are for requests that need none. */
export function openVault({ secret, fingerprint, registrationScope, now }: OpenVaultOptions): OpenVault {
  if (secret === undefined) {
    return { vault: createMemoryVault(), secretToHandOver: () => undefined, settle: async () => {} };
  }
  const sealed = createSealedVault({
    storage: 'sealed',
    store: createRecordStore(`tokenward ${new URL(registrationScope).pathname}`),
    binding: { secret, configuration: fingerprint },
    now,
  });
  const vault = withMemoryFallback(sealed);
  return {
    vault,
    secretToHandOver: () => (vault.storage === 'memory' ? undefined : secret),
    inherit: sealed.inherit,
    settle: sealed.settle,
  };
}
