import { describe, expect, test } from 'vitest';
import { WORKER_METHODS } from '../../src/protocol/worker-api.ts';
import { parseCall } from '../../sw/rpc/gate.ts';

/** What Comlink sends for `worker.adopt({ accessToken: 'x' })`. */
const CALL = {
  id: 'a-b-c-d',
  type: 'APPLY',
  path: ['adopt'],
  argumentList: [{ type: 'RAW', value: { accessToken: 'x' } }],
};

describe('the gate accepts', () => {
  test.for([...WORKER_METHODS])('a call of %s', (method) => {
    expect(parseCall({ ...CALL, path: [method] })).toEqual({ ...CALL, path: [method] });
  });

  test('a call without an argument', () => {
    expect(parseCall({ ...CALL, argumentList: [] })).toEqual({ ...CALL, argumentList: [] });
  });

  test('a copy that holds only the checked values', () => {
    const argument = { type: 'RAW', value: 7, name: 'proxy' };
    const call = { ...CALL, argumentList: [argument], value: {}, ports: [], __proto__: { type: 'SET' } };

    const passed = parseCall(call);
    argument.type = 'HANDLER';

    expect(passed).toStrictEqual({ ...CALL, argumentList: [{ type: 'RAW', value: 7 }] });
  });
});

describe('the gate refuses', () => {
  test.for([
    'CONSTRUCT',
    'SET',
    'GET',
    'ENDPOINT',
    'RELEASE',
    'HANDLER',
    'apply',
    'APPLY ',
    '',
    0,
    null,
    undefined,
    ['APPLY'],
  ])('a message of type %s', (type) => {
    expect(parseCall({ ...CALL, type })).toBeUndefined();
  });

  test.for<[what: string, path: unknown]>([
    ['no method', []],
    ['none', undefined],
    ['a string', 'adopt'],
    ['an object that looks like a list', { 0: 'adopt', length: 1 }],
    ['two segments', ['adopt', 'constructor']],
    ['the same method twice', ['adopt', 'adopt']],
    ['a thousand segments', Array.from({ length: 1000 }, () => 'adopt')],
    ['a method that there is not', ['getToken']],
    ['constructor', ['constructor']],
    ['__proto__', ['__proto__']],
    ['prototype', ['prototype']],
    ['toString', ['toString']],
    ['hasOwnProperty', ['hasOwnProperty']],
    ['a method in another case', ['Adopt']],
    ['a list within', [['adopt']]],
    ['an object that reads as a method', [{ toString: () => 'adopt' }]],
    ['a String object', [Object('adopt')]],
    ['a place in the list of methods', [0]],
    ['null', [null]],
  ])('a path that is %s', ([, path]) => {
    expect(parseCall({ ...CALL, path })).toBeUndefined();
  });

  test.for<[what: string, argumentList: unknown]>([
    ['none', undefined],
    ['an object', { 0: { type: 'RAW', value: 1 }, length: 1 }],
    ['a proxy, which would open a channel without a gate', [{ type: 'HANDLER', name: 'proxy', value: {} }]],
    ['a thrown value', [{ type: 'HANDLER', name: 'throw', value: { isError: true, value: {} } }]],
    ['a handler that claims to be raw', [{ type: ['RAW'], value: 1 }]],
    ['bare', ['x']],
    ['null', [null]],
    ['a list', [[]]],
    ['a hole', Array.from({ length: 1 })],
    [
      'two',
      [
        { type: 'RAW', value: 1 },
        { type: 'RAW', value: 2 },
      ],
    ],
    ['a hundred thousand', Array.from({ length: 100_000 }, () => ({ type: 'RAW', value: 1 }))],
  ])('arguments that are %s', ([, argumentList]) => {
    expect(parseCall({ ...CALL, argumentList })).toBeUndefined();
  });

  test.for<[what: string, id: unknown]>([
    ['missing', undefined],
    ['a number', 7],
    ['an object', {}],
    ['very long', 'x'.repeat(101)],
  ])('an id that is %s', ([, id]) => {
    expect(parseCall({ ...CALL, id })).toBeUndefined();
  });

  test.for([undefined, null, 'APPLY', 7, true, [CALL], []])('a value that is no message: %s', (data) => {
    expect(parseCall(data)).toBeUndefined();
  });
});
