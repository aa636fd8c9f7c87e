import { describe, expect, test } from 'vitest';
import { mayMeet } from '../../src/configuration/resource-url.ts';

describe('two paths or patterns may cover the same request', () => {
  test.for<[one: string, other: string]>([
    ['/', '/'],
    ['/', '/v1'],
    ['/v1', '/v1/notes'],
    ['/v1/', '/v1'],
    ['/v1', '/v1/*'],
    ['/*', '/v1'],
    ['/users/:id', '/users/me'],
    ['/users/:id', '/users'],
    ['/users/:id/notes', '/users/:name/notes'],
    ['/users/:id/notes', '/:kind/7/notes'],
    ['/users/:id?', '/users'],
    ['/a{b}?', '/a'],
    ['/v*', '/v1'],
    ['/files/*.pdf', '/files/private/*'],
  ])('%s and %s', ([one, other]) => {
    expect([mayMeet(one, other), mayMeet(other, one)]).toEqual([true, true]);
  });
});

describe('two paths or patterns cannot cover the same request', () => {
  test.for<[one: string, other: string]>([
    ['/v1', '/v2'],
    ['/v1', '/v10'],
    ['/v1/notes', '/v1/files/notes'],
    ['/users/:id/notes', '/users/:id/files'],
    ['/users/:id', '/users/:id/notes'],
    ['/users/:id/notes', '/teams/:id/notes'],
    ['/public/*', '/private/*'],
  ])('%s and %s', ([one, other]) => {
    expect([mayMeet(one, other), mayMeet(other, one)]).toEqual([false, false]);
  });
});
