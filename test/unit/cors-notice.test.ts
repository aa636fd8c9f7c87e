import { describe, expect, test } from 'vitest';
import { noticeUnreadable } from '../../sw/fetch/cors-notice.ts';
import { PolicyViolations, type PolicyViolation } from '../../sw/fetch/policy-violations.ts';

const ORIGIN = 'https://app.example';
const failure = new TypeError('Failed to fetch');

/** Sends requests into a network that fails, and collects the warnings. */
function setUp({ isOnline = true, error = failure }: { isOnline?: boolean; error?: unknown } = {}) {
  const warnings: string[] = [];
  const scheduled: (() => void)[] = [];
  let violate: (violation: PolicyViolation) => void = () => {};
  const warn = (message: string): void => void warnings.push(message);
  const violations = new PolicyViolations({
    onPolicyViolation: (listener) => {
      violate = listener;
    },
    schedule: (act) => scheduled.push(act),
    warn,
  });
  const send = noticeUnreadable({
    send: () => Promise.reject(error),
    origin: ORIGIN,
    isOnline: () => isOnline,
    isBlocked: (api) => violations.isBlocked(api),
    warn,
  });
  const request = (url: string, headers: Record<string, string> = { authorization: 'Bearer x' }): Promise<unknown> =>
    send(new Request(url, { headers })).catch((reason: unknown) => reason);
  const elapse = async (): Promise<void> => {
    for (const act of scheduled.splice(0)) act();
    await new Promise((resolve) => setTimeout(resolve));
  };
  const block = (violation: Partial<PolicyViolation> = {}): void =>
    violate({
      blockedURI: 'https://api.example/notes?secret=1',
      disposition: 'enforce',
      effectiveDirective: 'connect-src',
      originalPolicy: "default-src 'none'; script-src 'self'; connect-src https://as.example",
      ...violation,
    });
  return { request, block, elapse, warnings, violations };
}

describe('an API of another origin that cannot be read', () => {
  test('is named once, with the header that its CORS headers must allow', async () => {
    const { request, elapse, warnings } = setUp();

    expect(await request('https://api.example/notes?secret=1')).toBe(failure);
    expect(await request('https://api.example/other')).toBe(failure);
    await elapse();

    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('The API at https://api.example did not answer');
    expect(warnings[0]).toContain('"authorization" from https://app.example');
    expect(warnings[0]).not.toContain('secret');
  });

  test('is named beside another one', async () => {
    const { request, elapse, warnings } = setUp();

    await request('https://api.example/');
    await request('https://api.example:8443/');
    await elapse();

    expect(warnings).toHaveLength(2);
  });

  test.for<[what: string, url: string, options: Parameters<typeof setUp>[0], headers?: Record<string, string>]>([
    ['there is no network', 'https://api.example/', { isOnline: false }],
    ['the app has given the request up', 'https://api.example/', { error: new DOMException('', 'AbortError') }],
    ['the API is on the app’s own origin', `${ORIGIN}/api`, {}],
    ['the request had no token', 'https://api.example/', {}, {}],
  ])('is not named where %s', async ([, url, options, headers]) => {
    const { request, elapse, warnings } = setUp(options);

    await request(url, headers);
    await elapse();

    expect(warnings).toEqual([]);
  });
});

describe('a connection that the policy of the worker script blocks', () => {
  test.for(['before', 'after'] as const)(
    'is named once, with the options that allow it, and is not called a fault of the API: %s the request fails',
    async (order) => {
      const { request, block, elapse, warnings } = setUp();

      if (order === 'before') block();
      await request('https://api.example/notes?secret=1');
      if (order === 'after') block();
      block();
      await elapse();

      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain('blocked https://api.example. ');
      expect(warnings[0]).toMatch(/"protectedResources".*"workerConnections"/);
    },
  );

  test('is named where the API was named before', async () => {
    const { request, block, elapse, warnings } = setUp();

    await request('https://api.example/notes');
    await elapse();
    block();

    expect(warnings).toHaveLength(2);
  });

  test.for<[what: string, violation: Partial<PolicyViolation>]>([
    ['a policy only reports', { disposition: 'report' }],
    ['the directive is another one', { effectiveDirective: 'script-src', originalPolicy: "script-src 'self'" }],
    ['the policy has no such directive', { originalPolicy: "default-src 'none'" }],
    ['the URL has no authority', { blockedURI: 'blob' }],
  ])('is not named where %s', ([, violation]) => {
    const { block, warnings } = setUp();

    block(violation);

    expect(warnings).toEqual([]);
  });
});
