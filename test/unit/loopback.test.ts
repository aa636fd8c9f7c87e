import { describe, expect, test } from 'vitest';
import { isLoopback, isSecure } from '../../src/configuration/loopback.ts';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { parseSecureUrl } from '../../src/server/location.ts';

const LOOPBACK = [
  'http://localhost',
  'http://app.localhost:5173',
  'http://127.0.0.1:8080',
  'http://127.0.0.2',
  'http://127.255.255.254',
  'http://2130706433',
  'http://[::1]:3000',
];

const ELSEWHERE = [
  'http://localhost.example',
  'http://notlocalhost',
  'http://127.evil.example',
  'http://127.0.0.1.example',
  'http://128.0.0.1',
  'http://[::2]',
  'http://0.0.0.0',
  'http://10.0.0.1',
];

describe('a loopback host', () => {
  test.for(LOOPBACK)('is that of %s', (url) => {
    expect(isLoopback(new URL(url).hostname)).toBe(true);
  });

  test.for(ELSEWHERE)('is not that of %s', (url) => {
    expect(isLoopback(new URL(url).hostname)).toBe(false);
  });
});

describe('a URL without https', () => {
  const takes = (issuer: string): boolean => {
    const options = { issuer, clientId: 'spa', protectedResources: [{ url: 'https://api.example' }] };
    try {
      return parseConfiguration(options, 'https://app.example').issuer.origin === new URL(issuer).origin;
    } catch {
      return false;
    }
  };

  test.for(LOOPBACK)('%s is accepted by the worker and by the server', (url) => {
    expect([takes(url), parseSecureUrl(url) !== undefined, isSecure(new URL(url))]).toEqual([true, true, true]);
  });

  test.for(ELSEWHERE)('%s is refused by the worker and by the server', (url) => {
    expect([takes(url), parseSecureUrl(url) !== undefined, isSecure(new URL(url))]).toEqual([false, false, false]);
  });
});
