import { describe, expect, test } from 'vitest';
import { createTagger } from '../../sw/vault/tagger.ts';
import { createMemoryVault } from '../../sw/vault/memory-vault.ts';
import { UNREADABLE, type Vault } from '../../sw/vault/vault.ts';

describe('the tag of a text', () => {
  test('is the same for the same text, in the next worker too, and another for another text', async () => {
    const vault = createMemoryVault();
    const [first, next] = [createTagger(() => vault), createTagger(() => vault)];

    const tag = await first('outbox', 'a text');

    expect(tag.split('.')).toHaveLength(32);
    expect(await first('outbox', 'a text')).toBe(tag);
    expect(await next('outbox', 'a text')).toBe(tag);
    expect(await first('outbox', 'another text')).not.toBe(tag);
    expect(await first('another purpose', 'a text')).not.toBe(tag);
  });

  test('is another under the key of another vault', async () => {
    const [one, other] = [createMemoryVault(), createMemoryVault()];

    expect(await createTagger(() => one)('outbox', 'a text')).not.toBe(
      await createTagger(() => other)('outbox', 'a text'),
    );
  });

  test('is made under a new key where that of the vault cannot be opened', async () => {
    const vault = createMemoryVault();
    await vault.write('outbox', UNREADABLE);

    const tag = await createTagger(() => vault)('outbox', 'a text');

    expect(await createTagger(() => vault)('outbox', 'a text')).toBe(tag);
  });

  test('is made under the key that another worker version has written just then', async () => {
    const memory = createMemoryVault();
    let isFirst = true;
    const late: Vault = {
      ...memory,
      write: async () => {
        if (isFirst) await createTagger(() => memory)('', '');
        isFirst = false;
        return false;
      },
    };

    expect(await createTagger(() => late)('outbox', 'a text')).toBe(
      await createTagger(() => memory)('outbox', 'a text'),
    );
  });

  test('is made at the next try where the vault has failed', async () => {
    const memory = createMemoryVault();
    let isBroken = true;
    const vault: Vault = { ...memory, write: async (name, value) => !isBroken && memory.write(name, value) };
    const tag = createTagger(() => vault);

    await expect(tag('outbox', 'a text')).rejects.toThrow('cannot be kept');
    isBroken = false;

    expect(await tag('outbox', 'a text')).toBe(await createTagger(() => memory)('outbox', 'a text'));
  });
});
