import { beforeEach, describe, expect, test, vi } from 'vitest';
import { leaveCallback, parseReturnTo, redirectTo } from '../../sw/navigation/return-to.ts';

const ORIGIN = 'https://app.example';
const warn = vi.fn<(message: string) => void>();
const APP = { origin: ORIGIN, base: '/', warn };
beforeEach(() => void warn.mockClear());

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
  ])('is of this origin for any parser: %s', (value) => {
    const path = parseReturnTo(value, APP);

    expect(new URL(path, ORIGIN).origin).toBe(ORIGIN);
    expect(redirectTo(path, ORIGIN).headers.get('location')).toMatch(/^https:\/\/app\.example\/evil\.example/);
  });

  // A URL of `blob:` has the origin of the page that has made it (URL Standard, section 4.7).
  test('is any path of the origin, and by default the start of the app, also where the app has a path of its own', () => {
    const app = { origin: ORIGIN, base: '/shop/', warn };

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
    expect(warn).not.toHaveBeenCalled();
  });

  // The path, the query and the fragment count alone: a user of the URL is nothing to go back to, and its password is in no message.
  test('is the start page for a URL with a user', () => {
    expect(parseReturnTo('https://ada:hunter2@app.example/notes', APP)).toBe('/');
    expect(parseReturnTo(`https://ada:hunter2@app.example/?${'q'.repeat(200_000)}`, APP)).toBe('/');
    expect(JSON.stringify(warn.mock.calls)).not.toContain('hunter2');
  });

  test.each<[what: string, value: string, path: string]>([
    ['an encoded slash', '/a%2F%2Fevil.example%5C', '/a%2F%2Fevil.example%5C'],
    ['letters of any script', '/ä/中?q=é#😀', '/%C3%A4/%E4%B8%AD?q=%C3%A9#%F0%9F%98%80'],
    ['half a surrogate pair', '/x\ud83d?q=\udc00#\ud800', '/x%EF%BF%BD?q=%EF%BF%BD#%EF%BF%BD'],
    ['line breaks, which URLs do not have', '/a\n\r\tb', '/ab'],
  ])('keeps %s as the browser writes it', (_what, value, path) => {
    expect(parseReturnTo(value, APP)).toBe(path);
  });
});

describe('a long address to return to', () => {
  const long = (length: number): string => 'q'.repeat(length);

  test.each<[what: string, value: string]>([
    ['a query of 10 KB', `/notes?${long(10_240)}`],
    ['a fragment of 100 KB', `/#/notes?${long(102_400)}`],
    ['both', `/notes?${long(10_240)}#${long(102_400)}`],
    ['a path of 100 KB', `/${long(102_400)}`],
  ])('is kept whole: %s', (_what, value) => {
    expect(parseReturnTo(value, APP)).toBe(value);
    expect(warn).not.toHaveBeenCalled();
  });

  test.each<[what: string, value: string, kept: string]>([
    ['its query, without the fragment', `/notes?tab=2#${long(200_000)}`, '/notes?tab=2'],
    ['its path, without the query', `/notes?${long(200_000)}#part`, '/notes'],
    ['its path, where query and fragment have letters that grow', `/notes?${'😀'.repeat(20_000)}`, '/notes'],
    ['the start page, where the path itself is too long', `/${long(200_000)}`, '/app/'],
    ['the start page, where no browser has such an address', `/notes?${long(3_000_000)}`, '/app/'],
  ])('beyond the limit is cut to %s, and the developer is warned', (_what, value, kept) => {
    expect(parseReturnTo(value, { ...APP, base: '/app/' })).toBe(kept);

    expect(warn).toHaveBeenCalledOnce();
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/has \d+ characters, and 131072 are kept/));
    expect(warn).not.toHaveBeenCalledWith(expect.stringContaining('qqq'));
  });

  test('of another origin is none, without a warning', () => {
    expect(parseReturnTo(`https://evil.example/?${long(200_000)}`, APP)).toBe('/');
    expect(parseReturnTo(`javascript:${long(200_000)}`, APP)).toBe('/');
    expect(warn).not.toHaveBeenCalled();
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
