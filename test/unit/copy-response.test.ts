import { describe, expect, test, vi } from 'vitest';
import { guardReflection } from '../../sw/fetch/reflection.ts';
import { copyResponse } from '../../sw/fetch/copy-response.ts';
import { addPolicy, type PagePolicy } from '../../sw/navigation/secure-response.ts';

const POLICY: PagePolicy = { headers: [{ name: 'x-frame-options', value: 'DENY', merge: 'set' }] };

/** A response of the network in Chromium, which shows a stream whatever the status. */
class NetworkResponse extends Response {
  readonly #status: number;

  constructor(status: number, headers: Readonly<Record<string, string>> = { 'x-kept': 'yes' }) {
    super(null, { headers });
    this.#status = status;
  }

  override get status(): number {
    return this.#status;
  }

  override get body(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream({ start: (controller) => controller.close() });
  }
}

const WITHOUT_BODY = [204, 205, 304];
/** A network error, an opaque response, one of a redirect that is not followed; and what no script gets to see. */
const WITHOUT_COPY = [0, 101, 103];

describe('a response whose status admits no body', () => {
  test.for(WITHOUT_BODY)('%d is copied with its header fields and without a body', (status) => {
    const copy = copyResponse(new NetworkResponse(status));

    expect(copy).toMatchObject({ status, body: null });
    expect(copy.headers.get('x-kept')).toBe('yes');
  });

  test.for(WITHOUT_COPY)('%d is the same response', (status) => {
    const response = new NetworkResponse(status);

    expect(copyResponse(response)).toBe(response);
  });

  test.for([...WITHOUT_BODY, ...WITHOUT_COPY])('%d passes where token reflection is stopped', (status) => {
    const tell = vi.fn();

    expect(guardReflection(new NetworkResponse(status), ['secret'], tell).status).toBe(status);
    expect(tell).not.toHaveBeenCalled();
  });

  test.for(WITHOUT_BODY)('%d is kept from the page if its header holds the token', (status) => {
    const tell = vi.fn();

    expect(guardReflection(new NetworkResponse(status, { etag: '"secret"' }), ['secret'], tell).status).toBe(502);
    expect(tell).toHaveBeenCalledOnce();
  });

  test.for(WITHOUT_BODY)('%d gets the policy of pages', (status) => {
    const secured = addPolicy(new NetworkResponse(status), POLICY);

    expect(secured).toMatchObject({ status, body: null });
    expect(secured.headers.get('x-frame-options')).toBe('DENY');
  });

  test.for(WITHOUT_COPY)('%d stays as it is where it would get that policy', (status) => {
    const response = new NetworkResponse(status);

    expect(addPolicy(response, POLICY)).toBe(response);
  });
});

test('a response with a body is copied with it, and with another one', async () => {
  const given = new Response('text', { status: 203, statusText: 'Fine', headers: { 'x-kept': 'yes' } });

  const copy = copyResponse(given, (body) => body.pipeThrough(new TransformStream()));

  expect(copy).toMatchObject({ status: 203, statusText: 'Fine' });
  expect(copy.headers.get('x-kept')).toBe('yes');
  expect(await copy.text()).toBe('text');
  expect(await copyResponse(new Response('text')).text()).toBe('text');
});
