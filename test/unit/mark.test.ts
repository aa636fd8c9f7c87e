import { describe, expect, test } from 'vitest';
import { createMark } from '../../sw/vault/mark.ts';
import { createMemoryVault } from '../../sw/vault/memory-vault.ts';
import { UNREADABLE, type Vault } from '../../sw/vault/vault.ts';

describe('the mark of a text', () => {
  test('is the same for the same text, in the next worker too, and another for another text', async () => {
    const vault = createMemoryVault();
    const [first, next] = [createMark(() => vault), createMark(() => vault)];

    const mark = await first('outbox', 'a text');

    expect(mark.split('.')).toHaveLength(32);
    expect(await first('outbox', 'a text')).toBe(mark);
    expect(await next('outbox', 'a text')).toBe(mark);
    expect(await first('outbox', 'another text')).not.toBe(mark);
    expect(await first('another purpose', 'a text')).not.toBe(mark);
  });

  test('is another under the key of another vault', async () => {
    const [one, other] = [createMemoryVault(), createMemoryVault()];

    expect(await createMark(() => one)('outbox', 'a text')).not.toBe(await createMark(() => other)('outbox', 'a text'));
  });

  test('is made under a new key where that of the vault cannot be opened', async () => {
    const vault = createMemoryVault();
    await vault.write('outbox', UNREADABLE);

    const mark = await createMark(() => vault)('outbox', 'a text');

    expect(await createMark(() => vault)('outbox', 'a text')).toBe(mark);
  });

  test('is made under the key that another worker version has written just then', async () => {
    const memory = createMemoryVault();
    let isFirst = true;
    const late: Vault = {
      ...memory,
      write: async () => {
        if (isFirst) await createMark(() => memory)('', '');
        isFirst = false;
        return false;
      },
    };

    expect(await createMark(() => late)('outbox', 'a text')).toBe(await createMark(() => memory)('outbox', 'a text'));
  });

  test('is made at the next try where the vault has failed', async () => {
    const memory = createMemoryVault();
    let isBroken = true;
    const vault: Vault = { ...memory, write: async (name, value) => !isBroken && memory.write(name, value) };
    const mark = createMark(() => vault);

    await expect(mark('outbox', 'a text')).rejects.toThrow('cannot be kept');
    isBroken = false;

    expect(await mark('outbox', 'a text')).toBe(await createMark(() => memory)('outbox', 'a text'));
  });
});
