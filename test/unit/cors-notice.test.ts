import { describe, expect, test } from 'vitest';
import { noticeUnreadable } from '../../sw/fetch/cors-notice.ts';

const ORIGIN = 'https://app.example';
const failure = new TypeError('Failed to fetch');

/** Sends requests into a network that fails, and collects the warnings. */
function setUp({ isOnline = true, error = failure }: { isOnline?: boolean; error?: unknown } = {}) {
  const warnings: string[] = [];
  const send = noticeUnreadable({
    send: () => Promise.reject(error),
    origin: ORIGIN,
    isOnline: () => isOnline,
    warn: (message) => warnings.push(message),
  });
  const request = (url: string, headers: Record<string, string> = { authorization: 'Bearer x' }): Promise<unknown> =>
    send(new Request(url, { headers })).catch((reason: unknown) => reason);
  return { request, warnings };
}

describe('an API of another origin that cannot be read', () => {
  test('is named once, with the header that its CORS headers must allow', async () => {
    const { request, warnings } = setUp();

    expect(await request('https://api.example/notes?secret=1')).toBe(failure);
    expect(await request('https://api.example/other')).toBe(failure);

    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('The API at https://api.example did not answer');
    expect(warnings[0]).toContain('"authorization" from https://app.example');
    expect(warnings[0]).not.toContain('secret');
  });

  test('is named beside another one', async () => {
    const { request, warnings } = setUp();

    await request('https://api.example/');
    await request('https://api.example:8443/');

    expect(warnings).toHaveLength(2);
  });

  test.for<[what: string, url: string, options: Parameters<typeof setUp>[0], headers?: Record<string, string>]>([
    ['there is no network', 'https://api.example/', { isOnline: false }],
    ['the app has given the request up', 'https://api.example/', { error: new DOMException('', 'AbortError') }],
    ['the API is on the app’s own origin', `${ORIGIN}/api`, {}],
    ['the request had no token', 'https://api.example/', {}, {}],
  ])('is not named where %s', async ([, url, options, headers]) => {
    const { request, warnings } = setUp(options);

    await request(url, headers);

    expect(warnings).toEqual([]);
  });
});
