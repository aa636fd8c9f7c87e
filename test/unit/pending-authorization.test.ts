import { describe, expect, test } from 'vitest';
import { createPendingAuthorizations, type PendingAuthorization } from '../../sw/oauth/pending-authorization.ts';
import { createMemoryVault } from '../../sw/vault/memory-vault.ts';
import { Token } from '../../sw/vault/token.ts';

function pending(state: string): PendingAuthorization {
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
  };
}

/** A sign-in of the user, and so many afterwards that somebody else has begun. */
async function beginWithOthers(others: number) {
  const vault = createMemoryVault();
  const pendings = createPendingAuthorizations(vault, () => 0);
  await pendings.add(pending('of the user'));
  for (let other = 0; other < others; other += 1) await pendings.add(pending(`other ${other}`));
  return { vault, pendings };
}

describe('a sign-in under way', () => {
  test('is not forgotten because another tab begins one at the same moment', async () => {
    const pendings = createPendingAuthorizations(createMemoryVault(), () => 0);

    await Promise.all(['one', 'two', 'three'].map((state) => pendings.add(pending(state))));

    const found = await Promise.all(['one', 'two', 'three'].map((state) => pendings.attempt(state)));
    expect(found.map((one) => one?.state)).toEqual(['one', 'two', 'three']);
  });

  test('outlives a few dozen that other sites have begun by links to the sign-in address', async () => {
    const { pendings } = await beginWithOthers(40);

    expect(await pendings.attempt('of the user')).toMatchObject({ state: 'of the user' });
  });

  test('is dropped if there are so many that they could fill the storage', async () => {
    const { vault, pendings } = await beginWithOthers(1000);

    expect(await pendings.attempt('of the user')).toBeUndefined();
    expect(await vault.read('pending')).toHaveLength(50);
  });
});
