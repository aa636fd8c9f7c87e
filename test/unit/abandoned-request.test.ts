import { describe, expect, test } from 'vitest';
import { mayBeAbandoned } from '../../sw/fetch/abandoned-request.ts';

const FETCH = { keepalive: false, method: 'POST', mode: 'cors' } as const;

describe('a request', () => {
  test.for([
    ['ends with its page', FETCH, [], true],
    ['outlives its page with keepalive', { ...FETCH, keepalive: true }, [], false],
    ['outlives the page that it takes away', { ...FETCH, mode: 'navigate' }, [], false],
    ['outlives its page if it may be a beacon', FETCH, ['POST'], false],
    ['ends with its page if no beacon has its method', { ...FETCH, method: 'PUT' }, ['POST'], true],
  ] as const)('%s', ([, request, beaconMethods, expected]) => {
    expect(mayBeAbandoned(request, beaconMethods)).toBe(expected);
  });
});
