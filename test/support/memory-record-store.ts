import { parseStoredRecord, type RecordStore } from '../../sw/vault/record-store.ts';

/**
 * Creates a store in memory, whose reads may be held up.
 *
 * @param records what it holds, by name; page script may have put anything there
 */
export function createMemoryRecordStore(records: Map<string, unknown> = new Map()): {
  readonly store: RecordStore;
  readonly holdReads: () => () => void;
} {
  let hold: Promise<void> = Promise.resolve();
  const store: RecordStore = {
    read: async (name) => {
      const record = parseStoredRecord(records.get(name));
      await hold;
      return record;
    },
    write: async (name, record) => {
      const generation = parseStoredRecord(records.get(name))?.generation ?? 0;
      const written = generation === 0 || generation === record.generation - 1;
      if (written) records.set(name, record);
      return written;
    },
    acquireLease: async () => 'granted',
    remove: async (name) => void records.delete(name),
    wrappingKey: () => Promise.reject(new Error('There is none.')),
  };
  return {
    store,
    holdReads: () => {
      let release = (): void => {};
      hold = new Promise((resolve) => (release = resolve));
      return release;
    },
  };
}
