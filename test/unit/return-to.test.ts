import { describe, expect, test } from 'vitest';
import { parseReturnTo, redirectTo } from '../../sw/navigation/return-to.ts';

const ORIGIN = 'https://app.example';

describe('where the browser goes after a sign-in', () => {
  test('is a path of this origin, with its query and fragment', () => {
    expect(parseReturnTo('/notes?tab=2#part', ORIGIN)).toBe('/notes?tab=2#part');
    expect(parseReturnTo(`${ORIGIN}/notes`, ORIGIN)).toBe('/notes');
  });

  // The path of a URL of this origin may begin with two slashes; alone, it is a URL of another one (URL Standard, section 4.3).
  test.each([
    '/.//evil.example/x',
    '/x/..//evil.example',
    `${ORIGIN}//evil.example`,
    '/./\\evil.example',
    '/%2e///evil.example',
  ])('is of this origin, whoever reads it: %s', (value) => {
    const path = parseReturnTo(value, ORIGIN);

    expect(new URL(path, ORIGIN).origin).toBe(ORIGIN);
    expect(redirectTo(path, ORIGIN).headers.get('location')).toMatch(/^https:\/\/app\.example\/evil\.example/);
  });

  // A URL of `blob:` has the origin of the page that has made it (URL Standard, section 4.7).
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
    expect(parseReturnTo(value, ORIGIN)).toBe('/');
  });
});
