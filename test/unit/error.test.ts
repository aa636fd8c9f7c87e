import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/protocol/error-codes.ts';
import {
  deserializeError,
  isTokenwardError,
  parseError,
  serializeError,
  TokenwardError,
} from '../../src/protocol/error.ts';

/** Members of an error as they cross threads. */
const SERIALIZED = serializeError(new TokenwardError('worker_timeout', 'No answer.'));

describe('an error of the library', () => {
  test('keeps code, message and the server’s own code across threads', () => {
    const error = new TokenwardError('token_request_refused', 'Refused.', { serverCode: 'invalid_grant' });

    const arrived = deserializeError(structuredClone(serializeError(error)));

    expect(arrived).toBeInstanceOf(TokenwardError);
    expect(arrived).toMatchObject({ code: 'token_request_refused', message: 'Refused.', serverCode: 'invalid_grant' });
  });

  test('leaves its cause in the thread where it was thrown', () => {
    const error = new TokenwardError('internal_error', 'It broke.', { cause: new Error('refresh_token=secret') });

    expect(JSON.stringify(serializeError(error))).not.toContain('secret');
  });

  test('says whether the same call may succeed later', () => {
    const retryable = ERROR_CODES.filter((code) => new TokenwardError(code, '').retryable);

    expect(retryable.toSorted()).toEqual([
      'issuer_unreachable',
      'navigation_cancelled',
      'popup_cancelled',
      'popup_closed',
      'token_endpoint_unavailable',
      'userinfo_unavailable',
      'worker_timeout',
    ]);
    expect(serializeError(new TokenwardError('worker_timeout', '')).retryable).toBe(true);
    expect(serializeError(new TokenwardError('issuer_invalid', '')).retryable).toBe(false);
  });

  test('names its phase, by its code, also after it has crossed threads', () => {
    const phaseOf = (code: (typeof ERROR_CODES)[number]): string => new TokenwardError(code, '').phase;

    expect(Object.fromEntries(ERROR_CODES.map((code) => [code, phaseOf(code)]))).toEqual({
      configuration_invalid: 'setup',
      insecure_context: 'setup',
      service_worker_unsupported: 'setup',
      worker_script_not_found: 'setup',
      worker_script_not_javascript: 'setup',
      worker_script_failed: 'setup',
      worker_script_blocked: 'setup',
      worker_timeout: 'worker',
      worker_version_mismatch: 'setup',
      worker_unregistered: 'worker',
      worker_replaced: 'worker',
      worker_impersonated: 'worker',
      navigation_cancelled: 'call',
      navigation_blocked: 'call',
      popup_blocked: 'call',
      popup_closed: 'call',
      popup_superseded: 'call',
      popup_cancelled: 'authorization',
      request_invalid: 'call',
      step_up_unmet: 'call',
      other_user: 'call',
      issuer_unreachable: 'discovery',
      issuer_invalid: 'discovery',
      authorization_refused: 'authorization',
      authorization_response_invalid: 'authorization',
      user_changed: 'authorization',
      token_endpoint_unavailable: 'token',
      token_request_refused: 'token',
      token_response_invalid: 'token',
      id_token_invalid: 'token',
      userinfo_unavailable: 'userinfo',
      userinfo_invalid: 'userinfo',
      adoption_not_allowed: 'call',
      internal_error: 'worker',
    });
    for (const code of ERROR_CODES) {
      const serialized = serializeError(new TokenwardError(code, '', { serverCode: 'x', retryAfter: '9' }));
      expect(serialized).toEqual({
        code,
        message: '',
        serverCode: 'x',
        phase: phaseOf(code),
        retryable: new TokenwardError(code, '').retryable,
      });
      expect(parseError(JSON.parse(JSON.stringify(serialized)))).toEqual(serialized);
    }
  });

  test('is known in another realm, and from another copy of the module', () => {
    const members = { name: 'TokenwardError', code: 'worker_timeout', phase: 'worker', retryable: true };
    const foreign: unknown = runInNewContext('Object.assign(new Error(""), members)', { members });
    const copy = Object.assign(new Error(''), members);

    expect(isTokenwardError(copy)).toBe(true);
    expect(isTokenwardError(foreign)).toBe(true);
  });

  test('of another release, with a code that this one does not know, keeps its message', () => {
    const newer = { code: 'worker_asleep', message: 'The worker sleeps. Wake it.' };

    expect(parseError(newer)).toMatchObject({ code: 'internal_error', message: newer.message, retryable: false });
  });

  test('is not an object that only looks like one', () => {
    const others = [
      new Error('x'),
      new TypeError('x'),
      Object.assign(new Error(''), { code: 'worker_timeout' }),
      { name: 'TokenwardError', code: 'worker_timeout' },
      { ...SERIALIZED, name: 'TokenwardError', message: 7 },
      { ...SERIALIZED, name: 'TokenwardError', phase: undefined },
      { ...SERIALIZED, name: 'TokenwardError', retryable: 'yes' },
      { ...SERIALIZED, name: 'TokenwardError', serverCode: {} },
      { ...SERIALIZED, name: 'TokenwardError', retryAfter: 5 },
      null,
      'x',
    ];

    expect(isTokenwardError({ ...SERIALIZED, name: 'TokenwardError' })).toBe(true);
    expect(others.some((value) => isTokenwardError(value))).toBe(false);
  });
});

describe('any other error', () => {
  test.for([new Error('access_token=secret'), new DOMException('secret'), 'secret', { message: 'secret' }, undefined])(
    'crosses threads as internal_error, without its message: %s',
    (error) => {
      const serialized = serializeError(error);

      expect(serialized).toMatchObject({ code: 'internal_error', retryable: false });
      expect(JSON.stringify(serialized)).not.toContain('secret');
    },
  );
});

test.for([
  undefined,
  null,
  'x',
  {},
  { code: 'worker_timeout' },
  { code: 7, message: 'x' },
  { message: 'x' },
  { code: 'not a code', message: 'x' },
])('what did not cross threads as an error is not taken for one: %s', (value) => {
  expect(parseError(value)).toBeUndefined();
});
