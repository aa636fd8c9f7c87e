import { expect, test } from 'vitest';
import type { RecordStore, StoredRecord } from '../../sw/vault/record-store.ts';
import { generationOf } from '../../sw/vault/record-store.ts';
import { createSealedVault } from '../../sw/vault/sealed-vault.ts';
import { deriveSealingKey } from '../../sw/vault/sealing-key.ts';

/** A store in memory, whose reads may be held up. */
function storeOf(records: Map<string, StoredRecord>) {
  let hold: Promise<void> = Promise.resolve();
  const store: RecordStore = {
    read: async (name) => {
      const record = records.get(name);
      await hold;
      return record;
    },
    write: async (name, record) => {
      const generation = generationOf(records.get(name));
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
    holdReads: (): (() => void) => {
      let release = (): void => {};
      hold = new Promise((resolve) => (release = resolve));
      return release;
    },
  };
}

async function vaultOn(store: RecordStore) {
  const key = await deriveSealingKey('a secret of 43 characters, or what stands here');
  return createSealedVault({
    storage: 'sealed',
    store,
    key: async () => key,
    workerVersion: async () => 'one',
    configuration: 'c',
    now: () => 0,
  });
}

test('what is sealed anew does not take the place of what was written in the meantime', async () => {
  const { store, holdReads } = storeOf(new Map());
  const vault = await vaultOn(store);
  await vault.write('session', 'signed in');
  const release = holdReads();
  const settled = vault.reseal();

  await vault.write('session', 'signed out');
  release();
  await settled;

  expect(await vault.read('session')).toBe('signed out');
});

test('what was read for another version does not count as read: what that one has written is not written over', async () => {
  const { store } = storeOf(new Map());
  const [one, other] = [await vaultOn(store), await vaultOn(store)];
  await one.write('session', 'signed in');
  await other.read('session');
  await other.write('session', 'signed out');

  expect(await one.peek('session')).toBe('signed out');

  expect(await one.write('session', 'renewed')).toBe(false);
  expect(await one.read('session')).toBe('signed out');
  expect(await one.write('session', 'renewed')).toBe(true);
});
