import { describe, expect, test, vi } from 'vitest';
import { guardReflection, needlesOf } from '../../sw/fetch/reflection.ts';

/** A JWT whose signature holds every character of its alphabet that base64 does not. */
const JWT = `eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.sig-nature_${'Ab9_-'.repeat(12)}`;
/** An opaque token with characters that JSON, HTML and URLs escape (RFC 6750, section 2.1: b64token). */
const OPAQUE = 'v1.k7Q/9x+Z~0123456789abcdefghijklmnop/q+r==';
const PROOF = `eyJ0eXAiOiJkcG9wK2p3dCJ9.eyJqdGkiOiIxIn0.${'Zy8-x_'.repeat(10)}`;

const needles = needlesOf(new Headers({ authorization: `DPoP ${JWT}`, dpop: PROOF }));

/** A body that comes in parts. */
function bodyOf(parts: readonly (string | Uint8Array<ArrayBuffer>)[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start: (controller) => {
      for (const part of parts) controller.enqueue(typeof part === 'string' ? encoder.encode(part) : part);
      controller.close();
    },
  });
}

/** What a page gets of an answer: its text, or that it broke off and what came before. */
async function receive(response: Response): Promise<{ readonly text: string; readonly end: 'whole' | 'broken' }> {
  const decoder = new TextDecoder('latin1');
  let text = '';
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk);
    return { text, end: 'whole' };
  } catch {
    return { text, end: 'broken' };
  }
}

/** Guards an answer with these parts as its body. */
async function guard(parts: readonly string[], secrets: readonly string[] = needles) {
  const tell = vi.fn();
  return { ...(await receive(guardReflection(new Response(bodyOf(parts)), secrets, tell))), tell };
}

describe('a response that holds the access token', () => {
  test.for<[how: string, write: (token: string) => string]>([
    ['as it is', (token) => `GET /debug\nAuthorization: Bearer ${token}\n`],
    ['in JSON', (token) => JSON.stringify({ headers: { authorization: `Bearer ${token}` } })],
    ['in JSON with escaped slashes', (token) => JSON.stringify(token).replaceAll('/', '\\/')],
    [
      'in JSON with escaped signs',
      (token) => token.replace(/[+=/~]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`),
    ],
    ['in a URL', (token) => `/debug?authorization=Bearer%20${encodeURIComponent(token)}`],
    ['in HTML', (token) => `<pre>${token.replace(/[+=/]/g, (sign) => `&#${sign.charCodeAt(0)};`)}</pre>`],
    ['in base64', (token) => btoa(`Bearer ${token}`)],
    ['in base64, a character later', (token) => btoa(`:Bearer ${token}`)],
    ['in base64, two characters later', (token) => btoa(`::Bearer ${token}`)],
    [
      'in base64url',
      (token) => btoa(`{"a":"Bearer ${token}"}`).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''),
    ],
    ['cut at its end', (token) => `Bearer ${token.slice(0, -8)}…`],
  ])('%s breaks off before it', async ([, write]) => {
    for (const token of [JWT, OPAQUE]) {
      const { text, end, tell } = await guard(
        [`before ${write(token)} after`],
        needlesOf(new Headers({ authorization: `Bearer ${token}` })),
      );

      expect(end).toBe('broken');
      expect(text).toBe('');
      expect(tell).toHaveBeenCalledOnce();
    }
  });

  test('breaks off wherever the network has cut it in two', async () => {
    const written = `before ${OPAQUE} after`;
    const own = needlesOf(new Headers({ authorization: `Bearer ${OPAQUE}` }));

    for (let cut = 0; cut <= written.length; cut++) {
      const { text, end } = await guard([written.slice(0, cut), written.slice(cut)], own);

      expect(end).toBe('broken');
      expect(text.length).toBeLessThan(written.indexOf('0123456789') + 'v1.k7Q/9x+Z~0123456789'.length);
    }
  });

  test('breaks off when it comes character by character, with less than half of the signature of a JWT', async () => {
    const { text, end } = await guard(`before ${JWT} after`.split(''));

    expect(end).toBe('broken');
    const [, signature = ''] = text.split(/.*\./);
    expect(signature.length).toBeLessThan(JWT.slice(JWT.lastIndexOf('.') + 1).length / 2);
  });

  test('breaks off when it comes after text that began like it', async () => {
    const signature = JWT.slice(JWT.lastIndexOf('.') + 1);
    const start = signature.slice(0, 12);

    const { end } = await guard([`${start}${start}`, start.slice(0, 3), signature]);

    expect(end).toBe('broken');
  });

  test('breaks off for the proof too', async () => {
    expect(await guard([`dpop: ${PROOF}`])).toMatchObject({ text: '', end: 'broken' });
  });

  test('cancels the rest', async () => {
    const cancel = vi.fn();
    const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode(JWT)),
      cancel,
    });

    await receive(guardReflection(new Response(endless), needles, () => {}));

    await expect.poll(() => cancel).toHaveBeenCalledOnce();
  });

  test.for<[where: string, response: Response]>([
    ['a header field', new Response('fine', { headers: { 'x-request': `Bearer ${JWT}` } })],
    ['a header field of an answer without a body', new Response(null, { status: 204, headers: { 'x-a': btoa(JWT) } })],
    ['the status line', new Response('fine', { statusText: JWT })],
    [
      'the address that it was redirected to',
      Object.defineProperty(new Response('fine'), 'url', { value: `https://api.example/?token=${JWT}` }),
    ],
  ])('in %s is another response', async ([, response]) => {
    const tell = vi.fn();

    const guarded = guardReflection(response, needles, tell);

    expect(guarded.status).toBe(502);
    expect(await guarded.json()).toMatchObject({ code: 'token_reflected', status: 502 });
    expect(tell).toHaveBeenCalledOnce();
  });
});

describe('a response that holds the access token over lines', () => {
  /** Breaks a text after so many characters, as MIME does after 76 and PEM after 64 (RFC 2045, section 6.8; RFC 7468). */
  function wrap(text: string, columns: number, lineBreak: string): string {
    return text.match(new RegExp(`.{1,${columns}}`, 'gs'))?.join(lineBreak) ?? '';
  }

  /** A request with the token, so long that the token stands at every place of a line in one of them. */
  function requestsWith(token: string, columns: number): readonly string[] {
    return Array.from(
      { length: columns },
      (_, padding) => `GET /?${'x'.repeat(padding)} HTTP/1.1\r\nauthorization: Bearer ${token}\r\n\r\n`,
    );
  }

  const SHORT = 'hVx3_Tq7-LmZ0pRk9WcYfA';
  const LINE_BREAKS = [
    ['', '\n'],
    ['as in MIME', '\r\n'],
    ['with indentation', '\n    '],
    ['as in quoted-printable', '=\r\n'],
    ['in JSON', '\\n'],
    ['as in MIME, in JSON', '\\r\\n'],
  ] as const;

  test.for(LINE_BREAKS.flatMap(([how, lineBreak]) => [64, 76].map((columns) => ({ how, lineBreak, columns }))))(
    'of $columns columns in base64 breaks off, wherever in a line it stands $how',
    async ({ lineBreak, columns }) => {
      for (const token of [JWT, OPAQUE, SHORT]) {
        const own = needlesOf(new Headers({ authorization: `Bearer ${token}` }));
        for (const request of requestsWith(token, columns)) {
          const { text, end } = await guard([wrap(btoa(request), columns, lineBreak)], own);

          expect({ text, end }).toEqual({ text: '', end: 'broken' });
        }
      }
    },
  );

  test.for(LINE_BREAKS)('breaks off where it is not in base64 either %s', async ([, lineBreak]) => {
    for (const request of requestsWith(JWT, 76)) {
      expect(await guard([wrap(request, 76, lineBreak)])).toMatchObject({ text: '', end: 'broken' });
    }
  });

  test('breaks off wherever the network has cut it too', async () => {
    const own = needlesOf(new Headers({ authorization: `Bearer ${SHORT}` }));
    const written = wrap(btoa(requestsWith(SHORT, 76)[20] ?? ''), 76, '\r\n');

    for (let cut = 0; cut <= written.length; cut++) {
      expect(await guard([written.slice(0, cut), written.slice(cut)], own)).toMatchObject({ end: 'broken' });
    }
    expect(await guard(written.split(''), own)).toMatchObject({ end: 'broken' });
  });

  test('breaks off when a needle follows what looks like half a line break', async () => {
    const own = needlesOf(new Headers({ authorization: `Bearer n${SHORT}` }));

    expect(await guard([`C:\\n${SHORT}`], own)).toMatchObject({ end: 'broken' });
  });
});

describe('a response that repeats text of the page', () => {
  test.for([
    ['22 characters of base64url', 'hVx3_Tq7-LmZ0pRk9WcYfA'],
    ['32 hexadecimal digits', '0f1e2d3c4b5a69788796a5b4c3d2e1f0'],
    ['a UUID', '550e8400-e29b-41d4-a716-446655440000'],
    ['43 characters of base64url', 'k3J9xQ2vTb7LwZ5nRm8cYd1fGh4sPa6uEo0iKj_V-Xy'],
    ['a signature', JWT.slice(JWT.lastIndexOf('.') + 1)],
  ] as const)('comes at once, whether or not a guess is right, and never holds half of %s', async ([, secret]) => {
    for (const needle of needlesOf(new Headers({ authorization: `Bearer ${secret}` }))) {
      for (let right = 1; right < needle.length; right++) {
        const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
        const tell = vi.fn();
        const reader = guardReflection(new Response(readable), [needle], tell).body?.getReader();

        void writable.getWriter().write(new TextEncoder().encode(` ${needle.slice(0, right)}`));
        const { value } = (await reader?.read()) ?? {};

        expect(new TextDecoder().decode(value)).toBe(` ${needle.slice(0, right)}`);
        expect(tell).not.toHaveBeenCalled();
      }
      if (secret.includes(needle)) expect(needle.length).toBeLessThanOrEqual(secret.length / 2);
    }
  });
});

describe('a response without the access token', () => {
  test('is the same, byte by byte', async () => {
    const bytes = new Uint8Array(100_000).map((_, index) => (index * 7919) % 256);
    const parts = [bytes.slice(0, 1), bytes.slice(1, 70_000), new Uint8Array(), bytes.slice(70_000)];

    const guarded = guardReflection(
      new Response(bodyOf(parts), { status: 418, statusText: 'Short', headers: { etag: '"1"' } }),
      needles,
      () => {},
    );

    expect([guarded.status, guarded.statusText, guarded.headers.get('etag')]).toEqual([418, 'Short', '"1"']);
    expect(new Uint8Array(await guarded.arrayBuffer())).toEqual(bytes);
  });

  test('may hold another token of the same issuer, and parts of this one', async () => {
    const signature = JWT.slice(JWT.lastIndexOf('.') + 1);
    const text = `${JWT.slice(0, JWT.lastIndexOf('.'))}.${signature.split('').toReversed().join('')} ${signature.slice(0, 19)}`;

    const { tell, ...received } = await guard(text.split(''));

    expect(received).toEqual({ text, end: 'whole' });
    expect(tell).not.toHaveBeenCalled();
  });

  test('comes without delay, also if a needle begins like it', async () => {
    const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
    const writer = writable.getWriter();
    const write = (text: string): Promise<void> => writer.write(new TextEncoder().encode(text));
    const reader = guardReflection(new Response(readable), ['secret'], () => {}).body?.getReader();
    const read = async (): Promise<string> => new TextDecoder().decode((await reader?.read())?.value);

    void write('data: 1\n\n');
    const first = await read();
    void write('data: sec');
    const second = await read();
    void write('ond\n\n');
    const third = await read();

    expect([first, second, third]).toEqual(['data: 1\n\n', 'data: sec', 'ond\n\n']);
  });

  test('that has no body is returned itself', () => {
    const response = new Response(null, { status: 204 });

    expect(guardReflection(response, needles, () => {})).toBe(response);
  });

  test('is no longer read once the page has cancelled it', async () => {
    const cancel = vi.fn();
    const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => controller.enqueue(new Uint8Array(10)),
      cancel,
    });

    await guardReflection(new Response(source), needles, () => {}).body?.cancel('enough');

    await expect.poll(() => cancel).toHaveBeenCalledExactlyOnceWith('enough');
  });
});

describe('the needles of a request', () => {
  test('are 20 characters of each secret, and their forms in base64', () => {
    expect(needles).toHaveLength(8);
    expect(Math.max(...needles.map(({ length }) => length))).toBeLessThanOrEqual(27);
    expect(JWT).toContain(needles[0]);
    expect(PROOF).toContain(needles[4]);
  });

  test('are of all of a token that has no such run', () => {
    const needleOfToken = (token: string) => needlesOf(new Headers({ authorization: `Bearer ${token}` }))[0];

    expect(needleOfToken('k7Q/9x+Z~v2b3k7Q/9x+Z~v2')).toBe('k7Q/9x+Z~v2b');
    expect(needleOfToken('session-12345678')).toBe('session-12345678');
    expect(needleOfToken('short/token')).toBe('short/token');
    expect(needleOfToken('tiny')).toBe('tiny');
  });

  test('are none of a request without a token', () => {
    expect(needlesOf(new Headers())).toEqual([]);
  });
});
