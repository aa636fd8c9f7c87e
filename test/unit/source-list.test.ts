import { describe, expect, test } from 'vitest';
import { allows, allowsRedirected, limits, parsePolicies } from '../../src/cli/doctor/source-list.ts';

const SELF = 'https://app.example';

function reaches(policy: string, directive: string, url: string): boolean {
  return allows(parsePolicies(policy), directive, { url, self: SELF });
}

describe('a policy', () => {
  test.each([
    ["connect-src 'self'", `${SELF}/x`, true],
    ["connect-src 'self'", 'https://app.example.evil.test/', false],
    ["connect-src 'none'", `${SELF}/x`, false],
    ['connect-src', `${SELF}/x`, false],
    ['connect-src *', 'https://evil.test/', true],
    ['connect-src *', 'data:text/plain,x', false],
    ['connect-src https:', 'https://evil.test/', true],
    ['connect-src http:', 'https://evil.test/', true],
    ['connect-src https:', 'http://evil.test/', false],
    ['connect-src api.example', 'https://api.example/', true],
    ['connect-src https://api.example', 'https://api.example/v1', true],
    ['connect-src https://api.example', 'https://api.example:8443/', false],
    ['connect-src https://api.example:*', 'https://api.example:8443/', true],
    ['connect-src https://api.example:8443', 'https://api.example:8443/', true],
    ['connect-src http://localhost:4001', 'http://localhost:4001/token', true],
    ['connect-src https://*.example', 'https://login.example/', true],
    ['connect-src https://*.example', 'https://example/', false],
    ['connect-src https://api.example/v1', 'https://api.example/v1', true],
    ['connect-src https://api.example/v1', 'https://api.example/v1/notes', false],
    ['connect-src https://api.example/v1/', 'https://api.example/v1/notes', true],
    ['CONNECT-SRC HTTPS://API.EXAMPLE', 'https://api.example/', true],
    ["connect-src 'self'; connect-src *", 'https://evil.test/', false],
    ["default-src 'none'", `${SELF}/x`, false],
    ["default-src 'none'; connect-src 'self'", `${SELF}/x`, true],
    ["connect-src *, connect-src 'self'", 'https://evil.test/', false],
    ["script-src 'self'", 'https://evil.test/', true],
    ['', 'https://evil.test/', true],
  ])('%j allows %s: %s', (policy, url, isLetIn) => {
    expect(reaches(policy, 'connect-src', url)).toBe(isLetIn);
  });

  test.each([
    ["child-src 'none'", 'worker-src', true],
    ["script-src 'none'", 'worker-src', true],
    ["child-src 'none'", 'frame-src', true],
    ["default-src 'none'", 'object-src', true],
    ["default-src 'none'", 'form-action', false],
    ["default-src 'none'", 'base-uri', false],
    ["script-src 'none'", 'frame-src', false],
  ])('%j limits %s: %s', (policy, directive, isLimited) => {
    expect(limits(parsePolicies(policy), directive)).toBe(isLimited);
    expect(reaches(policy, directive, 'https://evil.test/')).toBe(!isLimited);
  });

  test.each([
    ['connect-src https://login.example/api/', true],
    ['connect-src https://login.example:443/api', true],
    ['connect-src login.example/api/', true],
    ['connect-src https://*.example/api/', true],
    ['connect-src https://api.example/login.example/', false],
    ['connect-src https://api.example https://api.example:8443//x', false],
    ["connect-src 'self'", false],
    ['connect-src', false],
    ["connect-src https://login.example/api/, connect-src 'self'", false],
  ])('%j allows the token endpoint by a redirect alone: %s', (policy, isLetIn) => {
    const url = 'https://login.example/token';

    expect(allowsRedirected(parsePolicies(policy), 'connect-src', { url, self: SELF })).toBe(isLetIn);
    expect(reaches(policy, 'connect-src', url)).toBe(false);
  });
});
