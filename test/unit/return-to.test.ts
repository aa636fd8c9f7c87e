import { describe, expect, test } from 'vitest';
import { leaveCallback, parseReturnTo, redirectTo } from '../../sw/navigation/return-to.ts';

const ORIGIN = 'https://app.example';
const APP = { origin: ORIGIN, base: '/' };

describe('where the browser goes after a sign-in', () => {
  test('is a path of this origin, with its query and fragment', () => {
    expect(parseReturnTo('/notes?tab=2#part', APP)).toBe('/notes?tab=2#part');
    expect(parseReturnTo(`${ORIGIN}/notes`, APP)).toBe('/notes');
  });

  // The path of a URL of this origin may begin with two slashes; alone, it is a URL of another one (URL Standard, section 4.3).
  test.each([
    '/.//evil.example/x',
    '/x/..//evil.example',
    `${ORIGIN}//evil.example`,
    '/./\\evil.example',
    '/%2e///evil.example',
  ])('is of this origin, whoever reads it: %s', (value) => {
    const path = parseReturnTo(value, APP);

    expect(new URL(path, ORIGIN).origin).toBe(ORIGIN);
    expect(redirectTo(path, ORIGIN).headers.get('location')).toMatch(/^https:\/\/app\.example\/evil\.example/);
  });

  // A URL of `blob:` has the origin of the page that has made it (URL Standard, section 4.7).
  test('is any path of the origin, and by default the start of the app, also where the app has a path of its own', () => {
    const app = { origin: ORIGIN, base: '/shop/' };

    for (const path of ['/shop/cart', '/', '/shop', '/help#terms']) expect(parseReturnTo(path, app)).toBe(path);
    for (const value of [null, 'https://evil.example/', '//evil.example/shop/'])
      expect(parseReturnTo(value, app)).toBe('/shop/');
  });

  test.each([
    null,
    'https://evil.example/',
    'https:\\\\evil.example',
    '//evil.example',
    '/\t/evil.example',
    '\\\\evil.example',
    'https://app.example@evil.example',
    'javascript:alert(1)',
    ' java\nscript:alert(1)',
    'data:text/html,<p>',
    'blob:https://app.example/x y',
    'filesystem:https://app.example/temporary/x',
  ])('is the start page for %j', (value) => {
    expect(parseReturnTo(value, APP)).toBe('/');
  });
});

describe('a redirect of the worker', () => {
  test.each([
    ['/', '/#'],
    ['/notes?tab=2', '/notes?tab=2#'],
    ['/notes#', '/notes#'],
    ['/#/orders/7', '/#/orders/7'],
    ['/notes?q=%23#part', '/notes?q=%23#part'],
  ])('has a fragment, the own one of %s or an empty one', (path, location) => {
    expect(redirectTo(path, ORIGIN).headers.get('location')).toBe(ORIGIN + location);
    expect(leaveCallback(path, { origin: ORIGIN, emptyFragment: 'kept' }).headers.get('location')).toBe(
      ORIGIN + location,
    );
  });

  test.each(['/', '/notes?tab=2', "/notes/%3C/script%3E?a=%22&b='", '/</script>'])(
    'is a document where the browser would inherit a fragment: to %s',
    async (path) => {
      const text = await leaveCallback(path, { origin: ORIGIN, emptyFragment: 'overwritten' }).text();

      const [, script = '', rest] = /^<script>location\.replace\(("[^<]*")\)<\/script>(.*)$/.exec(text) ?? [];
      expect([JSON.parse(script), rest]).toEqual([path.replaceAll('<', '%3C'), '']);
    },
  );

  test('stays one where the app has a fragment of its own', () => {
    const answer = leaveCallback('/#/orders/7', { origin: ORIGIN, emptyFragment: 'overwritten' });

    expect(answer.headers.get('location')).toBe(`${ORIGIN}/#/orders/7`);
  });
});
