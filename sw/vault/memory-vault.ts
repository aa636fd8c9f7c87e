import type { RecordName, Vault } from './vault.ts';

/** Creates a vault in the worker's memory: private, and lost when the browser stops the worker. */
export function createMemoryVault(): Vault {
  const values = new Map<RecordName, unknown>();
  return {
    storage: 'memory',
    read: async (name) => values.get(name),
    peek: async (name) => values.get(name),
    write: async (name, value) => {
      values.set(name, value);
      return true;
    },
    acquireLease: async () => 'granted',
    releaseLease: async () => {},
  };
}
