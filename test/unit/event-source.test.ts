import { describe, expect, test } from 'vitest';
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts';
import { TokenwardError } from '../../src/protocol/error.ts';
import type { Access } from '../../sw/fetch/access.ts';
import { type EventSourceRetry, letEventSourceRetry } from '../../sw/fetch/event-source.ts';
import { sendAuthenticated } from '../../sw/fetch/handler.ts';
import { createRecentNeedles } from '../../sw/fetch/reflection.ts';

const FEED = 'https://api.example/v1/feed';
const EVENT_SOURCE: RequestInit = { headers: { accept: 'text/event-stream' }, cache: 'no-store' };
/** A library that reads events by `fetch()`. */
const FETCH: RequestInit = { headers: { accept: 'text/event-stream' } };

/** Sends a request while there is no access token: there is a failure, or no session. */
async function sendWithout(init: RequestInit, failure?: Error): Promise<Response> {
  const [resource] = parseConfiguration(
    {
      issuer: 'https://as.example',
      clientId: 'spa',
      protectedResources: [{ url: 'https://api.example/v1', withoutSession: 'problem' }],
    },
    'https://app.example',
  ).protectedResources;
  if (!resource) throw new Error('There is no resource.');
  return sendAuthenticated<Access>(new Request(FEED, init), resource, {
    source: {
      fresh: async () => {
        if (failure) throw failure;
        return undefined;
      },
      freshAfter: async () => undefined,
      noteOutcome: () => {},
    },
    send: async () => {
      throw new Error('Nothing is to be sent.');
    },
    tell: () => {},
    tellReflection: () => {},
    recentNeedles: createRecentNeedles(() => 0),
    now: () => 0,
    isAbandoned: async () => false,
  });
}

const unavailable = (retryAfter?: string): TokenwardError =>
  new TokenwardError('token_endpoint_unavailable', 'The token endpoint did not answer.', { retryAfter });

describe('while the authorization server does not answer', () => {
  test.for(['token_endpoint_unavailable', 'issuer_unreachable', 'token_response_invalid'] as const)(
    'an EventSource gets a network error, after which it connects again: %s',
    async (code) => {
      expect(await sendWithout(EVENT_SOURCE, new TokenwardError(code, 'x'))).toMatchObject({ type: 'error' });
    },
  );

  test.for<[retryAfter: string | undefined, header: string]>([
    [undefined, '1'],
    ['', '1'],
    ['soon', '1'],
    ['-5', '1'],
    ['120', '120'],
    ['Tue, 01 Dec 2026 02:00:00 GMT', 'Tue, 01 Dec 2026 02:00:00 GMT'],
  ])('a request of fetch() gets 503 and when to try again: %j is %j', async ([retryAfter, header]) => {
    const response = await sendWithout(FETCH, unavailable(retryAfter));

    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe(header);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status: 503, code: 'token_endpoint_unavailable' });
  });
});

test('a session that has ended is 401 to an EventSource too, which closes it', async () => {
  expect(await sendWithout(EVENT_SOURCE)).toMatchObject({ status: 401 });
});

describe('an answer to an EventSource', () => {
  const answerTo = (sent: Promise<Response>, init: RequestInit, retry: EventSourceRetry): Promise<Response> =>
    letEventSourceRetry(new Request(FEED, init), sent, retry);

  test.for<[what: string, send: () => Promise<Response>]>([
    ['a network error', async () => Response.error()],
    ['a request that fails', () => Promise.reject(new TypeError('NetworkError'))],
  ])('is an empty stream in place of %s, where only that makes it connect again', async ([, send]) => {
    const response = await answerTo(send(), EVENT_SOURCE, 'after-end');

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(await response.text()).toBe('');
  });

  test('stays what it is in other browsers, to other requests, and if it is an answer', async () => {
    const error = Response.error();
    expect(await answerTo(Promise.resolve(error), EVENT_SOURCE, 'after-error')).toBe(error);
    expect(await answerTo(Promise.resolve(error), FETCH, 'after-end')).toBe(error);
    expect(await answerTo(Promise.resolve(error), { cache: 'no-store' }, 'after-end')).toBe(error);
    const refusal = new Response(null, { status: 401 });
    expect(await answerTo(Promise.resolve(refusal), EVENT_SOURCE, 'after-end')).toBe(refusal);
  });

  test('stays an abort if the page has ended the request', async () => {
    const abort = new DOMException('', 'AbortError');

    await expect(answerTo(Promise.reject(abort), EVENT_SOURCE, 'after-end')).rejects.toBe(abort);
  });
});
