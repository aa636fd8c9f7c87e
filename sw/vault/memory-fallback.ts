import type { SessionStorage } from '../../src/protocol/session.ts';
import { createMemoryVault } from './memory-vault.ts';
import { UNREADABLE, type Vault } from './vault.ts';

/**
 * A vault that goes on in memory when its storage is blocked, full or broken, and says so by its `storage`.
 *
 * @param durable the vault to use as long as it works
 */
export function withMemoryFallback(durable: Vault): Vault {
  const memory = createMemoryVault();
  let storage: SessionStorage = durable.storage;

  const attempt = async <T>(use: () => Promise<T>, instead: () => Promise<T>): Promise<T> => {
    if (storage === 'memory') return instead();
    try {
      return await use();
    } catch {
      storage = 'memory';
      return instead();
    }
  };

  return {
    get storage() {
      return storage;
    },
    read: (name) =>
      attempt(
        async () => {
          const value = await durable.read(name);
          await memory.write(name, value);
          return value;
        },
        // What was never read is there, perhaps, and out of reach.
        async () => (await memory.read(name)) ?? (name === 'session' ? UNREADABLE : undefined),
      ),
    write: (name, value) =>
      attempt(
        async () => (await durable.write(name, value)) && memory.write(name, value),
        () => memory.write(name, value),
      ),
    acquireLease: (ttlMs) =>
      attempt(
        () => durable.acquireLease(ttlMs),
        () => memory.acquireLease(ttlMs),
      ),
    releaseLease: () =>
      attempt(
        () => durable.releaseLease(),
        () => memory.releaseLease(),
      ),
  };
}
