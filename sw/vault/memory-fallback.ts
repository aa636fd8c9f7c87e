import type { SessionStorage } from '../../src/protocol/session.ts';
import type { SealedVault } from './sealed-vault.ts';
import { createMemoryVault } from './memory-vault.ts';
import { UNREADABLE, type Vault } from './vault.ts';

/**
 * Creates a vault that continues in memory if its storage is blocked, full or broken; its `storage` then says `memory`.
 *
 * @param durable the vault to use as long as it works
 */
export function withMemoryFallback(durable: Vault & Pick<SealedVault, 'remove'>): Vault {
  const memory = createMemoryVault();
  let storage: SessionStorage = durable.storage;

  const attempt = async <T>(use: (vault: Vault) => Promise<T>): Promise<T> => {
    try {
      if (storage !== 'memory') return await use(durable);
    } catch {
      storage = 'memory';
      // After a stop, the records on disk would look like the session that continues here.
      await durable.remove().catch(() => {});
    }
    return use(memory);
  };

  return {
    get storage() {
      return storage;
    },
    read: async (name) => {
      const value = await attempt((vault) => vault.read(name));
      await memory.write(name, value);
      // A record that was never read may exist, but cannot be reached.
      return value === undefined && storage === 'memory' && name === 'session' ? UNREADABLE : value;
    },
    peek: (name) => attempt((vault) => vault.peek(name)),
    write: async (name, value) => {
      const written = await attempt((vault) => vault.write(name, value));
      if (written) await memory.write(name, value);
      return written;
    },
    acquireLease: (ttlMs) => attempt((vault) => vault.acquireLease(ttlMs)),
    releaseLease: () => attempt((vault) => vault.releaseLease()),
  };
}
