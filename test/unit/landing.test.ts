import { afterEach, describe, expect, test, vi } from 'vitest';
import { landedAtMs, landingPath } from '../../src/page/landing.ts';

const ORIGIN = 'https://app.example';

afterEach(() => vi.unstubAllGlobals());

/** A page at an address, and the address that its browser has come from. */
function stubPage(path: string, referrer: string = ''): void {
  const { href, pathname, search, hash } = new URL(path, ORIGIN);
  vi.stubGlobal('window', { location: { href, pathname, search, hash } });
  vi.stubGlobal('document', { referrer });
}

describe('the way back of an automatic sign-in', () => {
  test.for(['/notes?list=1#/top', '/', '/ä?next=%2Fauth%2Flogin'])(
    'leads over the endpoint to the page, which knows the time by its referrer: %s',
    (path) => {
      stubPage(path);
      const atMs = Date.now() - 1000;

      const landing = new URL(landingPath('/auth/login', 'renewal', atMs), ORIGIN);
      stubPage(path, landing.href);

      expect(landing.pathname).toBe('/auth/login');
      expect(new URL(landing.searchParams.get('returnTo') ?? '', ORIGIN).href).toBe(new URL(path, ORIGIN).href);
      expect(landedAtMs('renewal')).toBe(atMs);
      expect(landedAtMs('policy')).toBe(0);
    },
  );

  test('leads to the page alone where its address would become too long', () => {
    const path = `/notes?${'x'.repeat(4090)}`;
    stubPage(path);

    expect(landingPath('/auth/login', 'policy', 1)).toBe(path);
  });

  test.for([
    ['of another origin', 'https://evil.example/auth/login?landed=policy+1'],
    [
      'of a time to come, which would hold the sign-ins for as long',
      `${ORIGIN}/auth/login?landed=policy+9999999999999`,
    ],
    ['that names no time', `${ORIGIN}/auth/login?landed=policy+soon`],
    ['without an attempt', `${ORIGIN}/auth/login?returnTo=/`],
    ['that is cut to the origin', `${ORIGIN}/`],
    ['that is none', ''],
  ])('is not taken from a referrer %s', ([, referrer]) => {
    stubPage('/', referrer);

    expect(landedAtMs('policy')).toBe(0);
  });
});
