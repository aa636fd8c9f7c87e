import { describe, expect, test } from 'vitest';
import { parseConfiguration } from '../../sw/config/parse-configuration.ts';
import { coversPath, mayLeaveItsFolder } from '../../sw/fetch/path.ts';
import { findProtectedResource } from '../../sw/fetch/protected-resource.ts';

const { protectedResources } = parseConfiguration(
  {
    issuer: 'https://as.example',
    clientId: 'spa',
    protectedResources: [
      { url: 'https://api.example/v1' },
      { url: 'https://whole.example' },
      { url: 'https://read.example/notes', methods: ['get', 'HEAD', 'Report'] },
      { url: 'http://localhost:4002/api/' },
    ],
  },
  'https://app.example',
);

/** Whether a request gets the token. The URL is parsed as the browser parses it. */
function matches(url: string, request: Partial<Pick<Request, 'destination' | 'method' | 'mode'>> = {}): boolean {
  const made = { destination: '', method: 'GET', mode: 'cors', ...request } as const;
  return findProtectedResource(protectedResources, made, new URL(url)) !== undefined;
}

describe('the token goes to', () => {
  test.for([
    'https://api.example/v1',
    'https://api.example/v1/',
    'https://api.example/v1?page=2',
    'https://api.example/v1/notes/7?x=..%2f..#top',
    'https://API.Example:443/v1/notes',
    'https://api.example/v2/../v1/notes',
    'https://api.example/v1/%6eotes',
    'https://api.example/v1/a..b/...',
    'https://api.example/v1/.well-known/x',
    'https://api.example/v1//notes',
    'https://whole.example',
    'https://whole.example/anything/at/all',
    'http://localhost:4002/api/',
    'http://localhost:4002/api/notes',
  ])('%s', (url) => {
    expect(matches(url)).toBe(true);
  });
});

describe('the token does not go to', () => {
  test.for<[what: string, url: string]>([
    ['an origin that has the API’s as its beginning', 'https://api.example.evil.test/v1'],
    ['an origin that has the API’s as its end', 'https://evilapi.example/v1'],
    ['a subdomain', 'https://x.api.example/v1'],
    ['the parent domain', 'https://example/v1'],
    ['a host with a dot at its end', 'https://api.example./v1'],
    ['a host with look-alike letters', 'https://аpi.example/v1'],
    ['another port', 'https://api.example:8443/v1'],
    ['a port that has the API’s as its beginning', 'http://localhost:40021/api/notes'],
    ['another name of the same machine', 'http://127.0.0.1:4002/api/notes'],
    ['another scheme', 'http://api.example/v1'],
    ['a WebSocket', 'wss://api.example/v1'],
    ['an origin that stands before an @', 'https://api.example@evil.test/v1'],
    ['an origin that stands before an @, path and all', 'https://api.example%2fv1@evil.test/v1'],
    ['an origin that stands before a backslash', 'https://evil.test\\@api.example/v1'],
    ['the API’s URL as a query', 'https://evil.test/?https://api.example/v1'],
    ['a blob of the API’s origin', 'blob:https://api.example/v1'],
    ['the authorization server', 'https://as.example/token'],
    ['the app itself', 'https://app.example/v1'],
  ])('%s', ([, url]) => {
    expect(matches(url)).toBe(false);
  });

  test.for<[what: string, url: string]>([
    ['a path above', 'https://api.example/'],
    ['a path beside', 'https://api.example/v2'],
    ['a path that only begins like it', 'https://api.example/v10'],
    ['a path that only begins like it, by another sign', 'https://api.example/v1;admin'],
    ['a path that only begins like it, encoded', 'https://api.example/v1%2fnotes'],
    ['a path in another case', 'https://api.example/V1/notes'],
    ['a path behind a second slash', 'https://api.example//v1'],
    ['a path without the configured slash', 'http://localhost:4002/api'],
    ['dot segments that the browser resolves', 'https://api.example/v1/../v2'],
    ['dot segments that the browser resolves, encoded', 'https://api.example/v1/%2e%2E/v2'],
    ['dot segments behind a backslash', 'https://api.example/v1\\..\\v2'],
    ['dot segments with an encoded slash', 'https://api.example/v1/..%2fv2'],
    ['dot segments between encoded slashes', 'https://api.example/v1/x%2f..%2f..%2fv2'],
    ['dot segments with an encoded backslash', 'https://api.example/v1/..%5cv2'],
    ['dot segments, encoded twice', 'https://api.example/v1/%252e%252e/v2'],
    ['dot segments, encoded twice, with a slash encoded twice', 'https://api.example/v1/%252e%252e%252fv2'],
    ['dot segments, one dot encoded twice', 'https://api.example/v1/.%252e/v2'],
    ['dot segments, encoded again and again', 'https://api.example/v1/%25252525252e%25252525252e/v2'],
    ['dot segments with a path parameter', 'https://api.example/v1/..;/v2'],
    ['dot segments with a path parameter, encoded', 'https://api.example/v1/..%3bx=1/v2'],
    ['dot segments at the end', 'https://api.example/v1/..%2f'],
    ['one dot with a path parameter', 'https://api.example/v1/.;/notes'],
  ])('%s', ([, url]) => {
    expect(matches(url)).toBe(false);
  });

  test.for<[what: string, request: Partial<Pick<Request, 'destination' | 'mode'>>]>([
    ['an image', { destination: 'image', mode: 'no-cors' }],
    ['an image that asks for CORS', { destination: 'image' }],
    ['a script', { destination: 'script' }],
    ['a navigation', { destination: 'document', mode: 'navigate' }],
    ['a frame', { destination: 'iframe', mode: 'navigate' }],
    ['a fetch in mode no-cors, such as a beacon', { mode: 'no-cors' }],
  ])('%s at the API', ([, request]) => {
    expect(matches('https://api.example/v1/notes', request)).toBe(false);
  });

  test('a method that the configuration does not name', () => {
    const url = 'https://read.example/notes';

    const methods = ['GET', 'HEAD', 'REPORT', 'report', 'POST', 'DELETE', 'GETX', 'constructor'];

    expect(methods.filter((method) => matches(url, { method }))).toEqual(['GET', 'HEAD', 'REPORT', 'report']);
  });
});

describe('a path covers', () => {
  test.for<[prefix: string, path: string]>([
    ['/', '/'],
    ['/', '/api'],
    ['/api', '/api'],
    ['/api', '/api/'],
    ['/api/', '/api/x'],
  ])('%s → %s', ([prefix, path]) => {
    expect(coversPath(prefix, path)).toBe(true);
  });

  test.for<[prefix: string, path: string]>([
    ['/api', '/apix'],
    ['/api', '/'],
    ['/api/', '/api'],
    ['/api/v1', '/api'],
    ['/api', '/API'],
  ])('not %s → %s', ([prefix, path]) => {
    expect(coversPath(prefix, path)).toBe(false);
  });
});

test('a path of great length, all of it encoded, is judged at once', () => {
  const startedAtMs = performance.now();

  expect(mayLeaveItsFolder(`/v1/${'%2525'.repeat(10_000)}`)).toBe(false);
  expect(mayLeaveItsFolder(`/v1/${'.'.repeat(10_000)}`)).toBe(false);
  expect(mayLeaveItsFolder(`/v1/${'/.;'.repeat(10_000)}x`)).toBe(true);

  expect(performance.now() - startedAtMs).toBeLessThan(1000);
});
