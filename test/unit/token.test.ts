import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Token } from '../../sw/vault/token.ts';

const SECRET = 'eyJhbGciOiJFUzI1NiJ9.c2VjcmV0.c2lnbmF0dXJl';
const token = new Token('access_token', SECRET);
const holder = { tokens: [token], claims: { sub: 'user' } };

describe('a token', () => {
  test('gives its value to code that calls reveal by name', () => {
    expect(token.reveal()).toBe(SECRET);
  });

  test.for<[what: string, text: () => string]>([
    ['String()', () => String(token)],
    ['a template', () => `Bearer ${String(token)}`],
    ['a join', () => [token].join(' ')],
    ['inspect', () => inspect(holder, { depth: null, showHidden: true, getters: true })],
    ['its keys and values', () => inspect([Object.entries(token), Reflect.ownKeys(token), Object.assign({}, token)])],
    ['a header', () => new Headers({ authorization: `Bearer ${String(token)}` }).get('authorization') ?? ''],
    ['form data', () => new URLSearchParams({ token: String(token) }).toString()],
    ['an error message', () => new Error(`The token ${String(token)} was refused.`).message],
  ])('does not show it by %s', ([, text]) => {
    expect(text()).not.toContain(SECRET.slice(0, 12));
  });

  test.for<[what: string, use: () => unknown]>([
    ['turned into JSON', () => JSON.stringify(token)],
    ['turned into JSON within something else', () => JSON.stringify(holder)],
    ['made the body of a JSON response', () => Response.json(holder)],
  ])('throws when it is %s', ([, use]) => {
    expect(use).toThrow(TypeError);
  });

  test('cannot be cloned, alone or within something else, and therefore not posted to another thread', () => {
    const { port1, port2 } = new MessageChannel();

    for (const value of [token, holder, new Map([['token', token]])]) {
      expect(() => structuredClone(value)).toThrow(expect.objectContaining({ name: 'DataCloneError' }));
      expect(() => port1.postMessage(value)).toThrow(expect.objectContaining({ name: 'DataCloneError' }));
    }
    port1.close();
    port2.close();
  });

  test('keeps its secret out of the error that a refused clone gives', () => {
    const message = messageOf(() => structuredClone(token)) + messageOf(() => JSON.stringify(token));

    expect(message).not.toContain(SECRET.slice(0, 12));
  });
});

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return inspect(error);
  }
  return '';
}
