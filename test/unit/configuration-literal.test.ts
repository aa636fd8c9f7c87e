import { describe, expect, test } from 'vitest';
import { readConfigurationLiteral } from '../../src/cli/doctor/configuration-literal.ts';

/** The members that are read of a script, as an object. */
function read(script: string): unknown {
  const members = readConfigurationLiteral(script);
  return members === undefined ? undefined : Object.fromEntries(members);
}

const EXPECTED = { issuer: 'https://login.example', clientId: 'spa' };

describe('the configuration of a worker script', () => {
  test.each([
    [
      'a classic script',
      `importScripts('/lib.js');\ntokenward.start({ issuer: 'https://login.example', clientId: 'spa' });`,
    ],
    [
      'a module',
      `import { startTokenward } from 'tokenward/sw';\nstartTokenward({ issuer: "https://login.example", clientId: "spa" });`,
    ],
    ['a minified bundle', `(()=>{var e=t=>t;e({issuer:"https://login.example",clientId:\`spa\`})})();`],
    ['quoted names', `tokenward.start({ "issuer": "https://login.example", "clientId": "spa" })`],
    [
      'names of constants',
      `const server = 'https://login.example', configuration = { issuer: server, clientId: 'spa' };\ntokenward.start(configuration)`,
    ],
    [
      'a frozen object',
      `const id = Object.freeze(['spa']); tokenward.start({ issuer: 'https://login.example', clientId: 'spa' })`,
    ],
    [
      'the right one of two',
      `track({ issuer: 'https://other.example', clientId: 'x' }); tokenward.start({ issuer: 'https://login.example', clientId: 'spa' })`,
    ],
  ])('is read in %s', (_, script) => {
    expect(read(script)).toEqual(EXPECTED);
  });

  test('is read with lists, objects, numbers and switches in it', () => {
    const script = `tokenward.start({ issuer: 'a', clientId: 'b', scopes: ['openid', 'x'], requestTimeoutMs: 500,
      protectedResources: Object.freeze([{ url: '/api', methods: ['GET'] }]), authorizationParameters: { audience: 'c' } })`;

    expect(read(script)).toEqual({
      issuer: 'a',
      clientId: 'b',
      scopes: ['openid', 'x'],
      requestTimeoutMs: 500,
      protectedResources: [{ url: '/api', methods: ['GET'] }],
      authorizationParameters: { audience: 'c' },
    });
  });

  test.each([
    ['a computed value', 'location.origin'],
    ['a call', 'steal()'],
    ['a template with an expression', '`https://${host}`'],
    ['a name that stands for nothing', 'unknown'],
    ['a function', '() => "https://login.example"'],
  ])('is left out where it is %s', (_, value) => {
    expect(read(`tokenward.start({ issuer: ${value}, clientId: 'spa' })`)).toEqual({
      issuer: undefined,
      clientId: 'spa',
    });
  });

  test('is never run', () => {
    const script = `globalThis.hasRun = true; tokenward.start({ issuer: (globalThis.hasRun = true, 'x'), clientId: 'spa',
      get scopes() { globalThis.hasRun = true; return []; }, ['__proto__']: { polluted: true }, "__proto__": { polluted: true } })`;

    readConfigurationLiteral(script);

    expect(Reflect.has(globalThis, 'hasRun')).toBe(false);
    expect(Reflect.has({}, 'polluted')).toBe(false);
  });

  test.each([
    ['no script', '<!doctype html><p>Not found'],
    ['a script without one', 'self.addEventListener("fetch", () => {})'],
    ['a script that is nested too deeply', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['nothing', ''],
  ])('is not found in %s', (_, script) => {
    expect(read(script)).toBeUndefined();
  });

  test('ends when a name refers to itself', () => {
    const script = 'const a = [b], b = [a]; tokenward.start({ issuer: a, clientId: "spa" })';

    expect(read(script)).toMatchObject({ clientId: 'spa' });
  });
});
