import { expect, test } from 'vitest';
import type { RecordStore } from '../../sw/vault/record-store.ts';
import { SealedVault } from '../../sw/vault/sealed-vault.ts';
import { deriveSealingKey } from '../../sw/vault/sealing-key.ts';
import { UNREADABLE } from '../../sw/vault/vault.ts';
import { createMemoryRecordStore } from '../support/memory-record-store.ts';

async function vaultOn(store: RecordStore) {
  const key = await deriveSealingKey('a secret of 43 characters, or what stands here');
  return new SealedVault({
    storage: 'sealed',
    store,
    key: async () => key,
    workerVersion: async () => 'one',
    configuration: 'c',
    now: () => 0,
  });
}

test('resealing does not replace a record that was written in the meantime', async () => {
  const { store, holdReads } = createMemoryRecordStore();
  const vault = await vaultOn(store);
  await vault.write('session', 'signed in');
  const release = holdReads();
  const settled = vault.reseal();

  await vault.write('session', 'signed out');
  release();
  await settled;

  expect(await vault.read('session')).toBe('signed out');
});

test('reading for another version does not count as reading: the record of that version is not overwritten', async () => {
  const { store } = createMemoryRecordStore();
  const [one, other] = [await vaultOn(store), await vaultOn(store)];
  await one.write('session', 'signed in');
  await other.read('session');
  await other.write('session', 'signed out');

  expect(await one.peek('session')).toBe('signed out');

  expect(await one.write('session', 'renewed')).toBe(false);
  expect(await one.read('session')).toBe('signed out');
  expect(await one.write('session', 'renewed')).toBe(true);
});

test.for<[what: string, replace: (record: unknown) => unknown]>([
  ['null', () => null],
  ['text', () => 'x'],
  ['a list', () => []],
  ['an object without members', () => ({})],
  ['members of other types', () => ({ iv: 'x', ciphertext: [1], generation: '1' })],
  ['the record without its initialisation vector', (record) => Object.assign({}, record, { iv: undefined })],
  ['the record without its ciphertext', (record) => Object.assign({}, record, { ciphertext: undefined })],
  ['the record under another generation', (record) => Object.assign({}, record, { generation: 2 })],
  ['the record under half a generation', (record) => Object.assign({}, record, { generation: 0.5 })],
])('page script that puts %s in the place of a record gets nothing opened', async ([, replace]) => {
  const records = new Map<string, unknown>();
  const vault = await vaultOn(createMemoryRecordStore(records).store);
  await vault.write('session', 'signed in');
  expect(await vault.read('session')).toBe('signed in');

  records.set('session', replace(records.get('session')));

  expect(await vault.read('session')).toBe(UNREADABLE);
  expect(await vault.write('session', 'signed in again')).toBe(true);
  expect(await vault.read('session')).toBe('signed in again');
});
