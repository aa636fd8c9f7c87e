import { describe, expect, test } from 'vitest';
import { platformFailure, withCode } from '../../src/page/platform-failure.ts';
import { TokenwardError } from '../../src/protocol/error.ts';

const SECRET = 'https://ada:padlock@app.example/';

describe('a call of the public interface', () => {
  test.for<[name: string, code: string]>([
    ['DataCloneError', 'request_invalid'],
    ['SecurityError', 'service_worker_unsupported'],
    ['NotAllowedError', 'service_worker_unsupported'],
    ['NotSupportedError', 'service_worker_unsupported'],
    ['InvalidStateError', 'worker_timeout'],
    ['QuotaExceededError', 'internal_error'],
    ['constructor', 'internal_error'],
  ])('that the browser ends with %s rejects with %s, and not in its words', async ([name, code]) => {
    const call = withCode(() => Promise.reject(new DOMException(`No ${SECRET}.`, name)));

    await expect(call).rejects.toMatchObject({ name: 'TokenwardError', code });
    await expect(call).rejects.not.toThrow(/padlock/);
    await expect(call).rejects.toThrow(/[.;] [A-Z]?.*\.$/);
  });

  test('that the browser ends at once, or with no error at all, rejects with a code', async () => {
    const thrown: unknown = 'nothing';

    await expect(
      withCode(() => {
        throw new TypeError(SECRET);
      }),
    ).rejects.toMatchObject({ code: 'internal_error' });
    expect(platformFailure(thrown)).toMatchObject({ code: 'internal_error' });
  });

  test('keeps an error that has a code, and what it resolves to', async () => {
    const error = new TokenwardError('other_user', 'Another user.');

    await expect(withCode(() => Promise.reject(error))).rejects.toBe(error);
    expect(await withCode(async () => 1)).toBe(1);
  });
});
