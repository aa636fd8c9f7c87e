import { describe, expect, test } from 'vitest';
import { addPolicy, type PagePolicy, parsePagePolicy } from '../../sw/navigation/secure-response.ts';
import { createSecurityPolicy } from '../../src/server/security-policy.ts';

const POLICY: PagePolicy = createSecurityPolicy({
  origin: 'https://app.example',
  worker: { path: '/sw.js' },
  authorizationServers: ['https://login.example'],
  protectedResources: ['https://api.example/v1'],
});

describe('a response out of a cache', () => {
  test('gets every header of the policy, and keeps its body, status and type', async () => {
    const planted = new Response('<script>', { status: 203, headers: { 'content-type': 'text/html' } });

    const secured = addPolicy(planted, POLICY);

    for (const { name, value } of POLICY.headers) expect(secured.headers.get(name)).toBe(value);
    expect(secured.status).toBe(203);
    expect(secured.headers.get('content-type')).toBe('text/html');
    expect(await secured.text()).toBe('<script>');
  });

  test('with a weaker policy of script gets the other one too, and its own opener policy is replaced', () => {
    const weaker = { 'content-security-policy': 'frame-src *', 'cross-origin-opener-policy': 'unsafe-none' };

    const { headers } = addPolicy(new Response('', { headers: weaker }), POLICY);

    expect(headers.get('content-security-policy')).toMatch(/^frame-src \*, frame-src 'none'/);
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
  });

  test('that came from the server with the policy does not change', () => {
    const once = addPolicy(new Response('', { headers: { vary: 'Accept' } }), POLICY);

    const twice = addPolicy(once, POLICY);

    expect([...twice.headers]).toEqual([...once.headers]);
    expect(twice.headers.get('vary')).toBe('Accept, Sec-Fetch-Dest');
  });

  test.each([204, 304])('with status %d, which has no body, gets it too', (status) => {
    const secured = addPolicy(new Response(null, { status }), POLICY);

    expect(secured.headers.get('content-security-policy')).toContain("frame-src 'none'");
  });

  test('that is a network error stays one, and none changes without a policy', () => {
    const error = Response.error();
    const page = new Response('');

    expect(addPolicy(error, POLICY)).toBe(error);
    expect(addPolicy(page, undefined)).toBe(page);
  });
});

describe('the policy that the server has put before the script', () => {
  test('is read as it was written', () => {
    expect(parsePagePolicy(JSON.parse(JSON.stringify(POLICY)))).toEqual(POLICY);
  });

  test.each([undefined, null, 'text', {}, { headers: 'text' }])('is none if it is %j', (value) => {
    expect(parsePagePolicy(value)).toBeUndefined();
  });
});
