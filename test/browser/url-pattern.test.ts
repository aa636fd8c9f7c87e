import { describe, expect, test } from 'vitest';
import { isTokenwardError } from '../../src/protocol/error.ts';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';

const ORIGIN = 'https://app.example';

function parse(...urls: readonly string[]) {
  const protectedResources = urls.map((url) => ({ url }));
  return parseConfiguration({ issuer: 'https://as.example', clientId: 'spa', protectedResources }, ORIGIN);
}

/** The message of a refusal. */
function refusalOf(...urls: readonly string[]): string | undefined {
  try {
    parse(...urls);
  } catch (error) {
    if (!isTokenwardError(error)) throw error;
    return error.message;
  }
  return undefined;
}

describe('a pattern as the URL of a resource covers', () => {
  test.for<[url: string, covered: readonly string[], others: readonly string[]]>([
    [
      'https://api.example/users/:id/notes',
      ['/users/7/notes', '/users/%C3%BC/notes'],
      ['/users/7/notes/1', '/users/notes', '/users//notes', '/users/7/8/notes', '/users/7/Notes', '/x/users/7/notes'],
    ],
    ['https://api.example/*', ['/', '/a', '/a/b'], []],
    ['https://api.example/files/*.pdf', ['/files/a.pdf', '/files/a/b.pdf'], ['/files/a.pdfx', '/files/pdf']],
    ['/v{1,2}/x', [], ['/v1/x']],
    ['/api{/v2}?/x', ['/api/x', '/api/v2/x'], ['/api/v3/x']],
  ])('%s', ([url, covered, others]) => {
    const [resource] = parse(url).protectedResources;

    expect(covered.filter((path) => resource?.covers(path) !== true)).toEqual([]);
    expect(others.filter((path) => resource?.covers(path) !== false)).toEqual([]);
  });

  test('an exact origin', () => {
    expect(parse('https://api.example/:x').protectedResources).toMatchObject([{ origin: 'https://api.example' }]);
    expect(parse('/:x').protectedResources).toMatchObject([{ origin: ORIGIN }]);
  });
});

describe('a pattern is refused', () => {
  test.for([
    'https://*.example/v1',
    'https://*/v1',
    'https://{api,www}.example/v1',
    'http{s}?://api.example/:x',
    'http://api.example/:x',
    'https://user@api.example/:x',
    'https://api.example:*/v1',
    'https://api.example/(.*)',
    'https://api.example/:id(\\d+)',
    'https://api.example/*?x=1',
    'https://api.example/*#x',
    'https://api.example/{x',
    'api/*',
    '*',
  ])('as %s', (url) => {
    expect(refusalOf(url)).toContain('"protectedResources[0].url" must be ');
  });

  test('beside another that may cover the same request, with the names of both', () => {
    const message = refusalOf('https://api.example/users/:id', 'https://api.example/users/me');

    expect(message).toContain('"protectedResources[1]"');
    expect(message).toContain('"protectedResources[0]"');
    expect(refusalOf('https://api.example/users/:id/a', 'https://api.example/users/:id/b')).toBeUndefined();
  });

  test('when it covers the authorization server', () => {
    expect(refusalOf('https://as.example/*')).toContain('"protectedResources[0].url" must be narrower');
  });
});
