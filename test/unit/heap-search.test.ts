import { describe, expect, test } from 'vitest';
import { SecretSearch } from '../support/heap-search.ts';

const SECRET = 'a-secret-of-forty-three-characters-and-more';
const OTHER = 'another-secret-of-about-as-many-characters0';

describe('repeated searches', () => {
  test('find a secret that was known before in a string that is new', () => {
    const search = new SecretSearch();

    expect(search.find(['a string that holds nothing'], [SECRET])).toEqual([]);
    expect(search.find(['a string that holds nothing', `code=${SECRET}`], [SECRET])).toEqual([SECRET]);
  });

  test('find a secret that is new in a string that was searched before', () => {
    const search = new SecretSearch();

    expect(search.find([`code=${SECRET}`], [OTHER])).toEqual([]);
    expect(search.find([`code=${SECRET}`, 'a string that holds nothing'], [OTHER, SECRET])).toEqual([SECRET]);
  });

  test('find a secret that became known while a string was gone', () => {
    const search = new SecretSearch();

    expect(search.find([`code=${SECRET}`], [OTHER])).toEqual([]);
    expect(search.find(['a string that holds nothing'], [OTHER, SECRET])).toEqual([]);
    expect(search.find([`code=${SECRET}`], [OTHER, SECRET])).toEqual([SECRET]);
  });

  test('find a secret as often as it is there', () => {
    const search = new SecretSearch();

    expect(search.find([`code=${SECRET}`], [SECRET])).toEqual([SECRET]);
    expect(search.find([`code=${SECRET}`], [SECRET])).toEqual([SECRET]);
    expect(search.find(['a string that holds nothing'], [SECRET])).toEqual([]);
  });

  test('find a secret that is written in another way', () => {
    const search = new SecretSearch();
    expect(search.find(['a string that holds nothing'], [SECRET])).toEqual([]);

    const base64 = Buffer.from(`${SECRET} and so on`).toString('base64');
    for (const text of [encodeURIComponent(`${SECRET}/`), base64, SECRET.slice(0, 24), SECRET.slice(16)])
      expect(search.find([text], [SECRET]), text).toEqual([SECRET]);
  });

  test('find no secret across two strings', () => {
    const halves = [SECRET.slice(0, 14), SECRET.slice(14, 28), SECRET.slice(28)];

    expect(new SecretSearch().find(halves, [SECRET])).toEqual([]);
  });
});
