import { describe, expect, test } from 'vitest';
import { createPendingAuthorizations, type PendingAuthorization } from '../../sw/oauth/pending-authorization.ts';
import { createMemoryVault } from '../../sw/vault/memory-vault.ts';
import { Token } from '../../sw/vault/token.ts';

function pending(state: string, tab?: string): PendingAuthorization {
  return {
    state,
    nonce: 'nonce',
    codeVerifier: new Token('code_verifier', 'verifier'),
    dpopKey: undefined,
    returnTo: '/',
    scopes: [],
    maxAge: undefined,
    createdAtMs: 0,
    attempted: false,
    ...(tab !== undefined && { tab }),
  };
}

/** A store, and the sign-in of the user in it. */
async function beginAsUser(tab?: string) {
  const vault = createMemoryVault();
  const pendings = createPendingAuthorizations(vault, () => 0);
  await pendings.add(pending('of the user', tab));
  return { vault, pendings };
}

describe('a sign-in under way', () => {
  test('is not forgotten because another tab begins one at the same moment', async () => {
    const pendings = createPendingAuthorizations(createMemoryVault(), () => 0);

    await Promise.all(['one', 'two', 'three'].map((state) => pendings.add(pending(state))));

    const found = await Promise.all(['one', 'two', 'three'].map((state) => pendings.attempt(state)));
    expect(found.map((one) => one?.state)).toEqual(['one', 'two', 'three']);
  });

  test.for<[what: string, tab: string | undefined]>([
    ['whose tab has not been asked', undefined],
    ['whose tab has a name', 'of the user'],
    ['whose tab cannot keep a name', ''],
  ])('%s outlives a thousand that another site has begun in six windows', async ([, tab]) => {
    const { vault, pendings } = await beginAsUser(tab);

    for (let other = 0; other < 1000; other += 1)
      await pendings.add(pending(`other ${other}`, other < 100 ? undefined : `window ${other % 6}`));

    expect(await vault.read('pending')).toHaveLength(50);
    expect(await pendings.attempt('of the user')).toMatchObject({ state: 'of the user' });
  });

  test('has no room beside ten of tabs that have not been asked, until its tab is asked', async () => {
    const { vault, pendings } = await beginAsUser();
    const added = await Promise.all(Array.from({ length: 15 }, (_, other) => pendings.add(pending(`other ${other}`))));

    expect(added.filter((isAdded) => isAdded)).toHaveLength(9);
    expect(await vault.read('pending')).toHaveLength(10);
    expect(await pendings.add(pending('of a tab', 'tab'))).toBe(true);
    expect(await pendings.attempt('of a tab')).toMatchObject({ state: 'of a tab', tab: 'tab' });
  });

  test('is replaced by newer ones of its own tab, so that one that is begun again and again is there', async () => {
    const { pendings } = await beginAsUser('tab');

    for (let other = 0; other < 60; other += 1) await pendings.add(pending(`again ${other}`, 'tab'));

    expect(await pendings.attempt('of the user')).toBeUndefined();
    expect(await pendings.attempt('again 59')).toBeDefined();
  });

  test('is not crowded out by those that are older than an hour', async () => {
    const vault = createMemoryVault();
    let nowMs = 0;
    const pendings = createPendingAuthorizations(vault, () => nowMs);
    for (let other = 0; other < 10; other += 1) await pendings.add(pending(`other ${other}`));
    nowMs = 60 * 60 * 1000;

    expect(await pendings.add({ ...pending('of the user'), createdAtMs: nowMs })).toBe(true);

    expect(await vault.read('pending')).toHaveLength(1);
  });
});
