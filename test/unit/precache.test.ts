import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createPrecachePlugin } from '../../sw/workbox/precache.ts';

const BASE = 'https://app.example/app/sw.js';
const PAGE = '<!doctype html><title>App</title>';

function integrityOf(text: string, algorithm: 'sha256' | 'sha384' | 'sha512' | 'md5' = 'sha256'): string {
  return `${algorithm}-${createHash(algorithm).update(text).digest('base64')}`;
}

/** Gives what the plugin gives for an entry of the precache, and whether its body can still be read. */
async function given(integrity: string | undefined, cached: string, path = 'index.html'): Promise<string | undefined> {
  const entry = { url: 'index.html', ...(integrity !== undefined && { integrity }) };
  const { cachedResponseWillBeUsed } = createPrecachePlugin([entry, '/plain.txt'], BASE);
  const request = new Request(new URL(`${path}?__WB_REVISION__=1`, BASE));
  return (await cachedResponseWillBeUsed({ request, cachedResponse: new Response(cached) }))?.text();
}

test.each(['sha256', 'sha384', 'sha512'] as const)('a file of the manifest is given: %s', async (algorithm) => {
  expect(await given(integrityOf(PAGE, algorithm), PAGE)).toBe(PAGE);
});

test('a file that differs from that of the manifest is not returned', async () => {
  expect(await given(integrityOf(PAGE), `${PAGE}<script>planted</script>`)).toBeUndefined();
});

test('one of several hashes is enough, and a hash by an unknown algorithm is none', async () => {
  expect(await given(`${integrityOf('other')} ${integrityOf(PAGE, 'sha512')}`, PAGE)).toBe(PAGE);
  expect(await given(integrityOf(PAGE, 'md5'), PAGE)).toBeUndefined();
});

test('a file without a hash in the manifest is returned unchanged', async () => {
  expect(await given(undefined, 'any text')).toBe('any text');
  expect(await given(integrityOf(PAGE), 'any text', '/plain.txt')).toBe('any text');
});

test('without a file in the cache, none is returned', async () => {
  const { cachedResponseWillBeUsed } = createPrecachePlugin([{ url: '/', integrity: integrityOf(PAGE) }], BASE);

  expect(await cachedResponseWillBeUsed({ request: new Request('https://app.example/') })).toBeUndefined();
});
