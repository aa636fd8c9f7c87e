import { describe, expect, test } from 'vitest';
import { checkCacheName, isKeepable, keyFor } from '../../sw/workbox/private-cache.ts';

const NOTES = 'https://api.example/v1/notes?page=2&flag';

describe('the cache key of an answer', () => {
  test.for([
    ['user-ada', 'https://api.example/tokenward-user=user-ada/v1/notes?page=2&flag'],
    ['auth0|5/../é', 'https://api.example/tokenward-user=auth0%7C5%2F..%2F%C3%A9/v1/notes?page=2&flag'],
    ['..', 'https://api.example/tokenward-user=../v1/notes?page=2&flag'],
    [undefined, 'https://api.example/tokenward-user=/v1/notes?page=2&flag'],
  ] as const)('is one of the user %s', ([user, url]) => {
    expect(keyFor(new Request(NOTES), user).url).toBe(url);
  });

  test('keeps the fields that responses vary by, and no credentials', () => {
    const headers = { 'accept-language': 'en', authorization: 'Bearer of-the-page', dpop: 'proof' };

    const key = keyFor(new Request(NOTES, { headers }), 'user-ada');

    expect(Object.fromEntries(key.headers)).toEqual({ 'accept-language': 'en' });
  });
});

describe('an answer', () => {
  test.for<[status: number, headers: Record<string, string>, isKept: boolean]>([
    [200, {}, true],
    [200, { 'cache-control': 'private, max-age=60', vary: 'Origin' }, true],
    [200, { 'cache-control': 'private, No-Store' }, false],
    [200, { vary: 'Accept, *' }, false],
    [206, {}, false],
    [401, {}, false],
    [503, {}, false],
  ])('with status %d and headers %j is kept: %s', ([status, headers, isKept]) => {
    expect(isKeepable(new Response('', { status, headers }))).toBe(isKept);
  });

  test('that is opaque, or an error, is not kept', () => {
    expect(isKeepable(Response.error())).toBe(false);
  });
});

test('a cache whose name does not say that it ends with the session is refused', () => {
  expect(() => checkCacheName('tokenward-notes', 'tokenward-')).not.toThrow();
  for (const name of ['notes', 'tokenward /b/ notes', 'Tokenward-notes'])
    expect(() => checkCacheName(name, 'tokenward-')).toThrow(/Give the strategy a cacheName with "tokenward-"/);
  for (const name of ['tokenward-notes', 'tokenward /b/notes', 'tokenward /b/c/ notes'])
    expect(() => checkCacheName(name, 'tokenward /b/ ')).toThrow(/a cacheName with "tokenward \/b\/ "/);
});
