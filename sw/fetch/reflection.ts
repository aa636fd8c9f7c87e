import { admitsBody, copyResponse } from './copy-response.ts';
import { problemResponse } from './problem.ts';

/** Largest length of the searched part of a token: 120 bits in base64url. */
const NEEDLE_LENGTH = 20;
/**
 * Number of characters before a chunk that are searched again: one less than the longest search text in base64, with a line
 * break in it.
 */
const TAIL_LENGTH = 256;
/** A line break as it is, in quoted-printable (RFC 2045, section 6.7) and in JSON, and the indentation behind it. */
const LINE_BREAK = /(?:=?[\r\n]|\\[rn])[ \t]*/g;

/**
 * Returns the texts that a response must not contain: a part of each secret that a request carried, as it is and in base64.
 *
 * The part is the beginning of the secret's last run of characters that no text format escapes, so that it appears unchanged in
 * HTML, JSON and a URL. In a JWT that is the signature, without which the rest is useless. It is at most half of the run: if
 * the network splits a response inside the part, the page sees that much, and the rest must stay impossible to guess. A short
 * token is searched as a whole, since its first half may be common to all tokens of a server.
 *
 * @param headers the header fields of the request, as it was sent
 */
export function needlesOf(headers: Headers): readonly string[] {
  return ['authorization', 'dpop'].flatMap((name) => {
    const secret = headers.get(name)?.split(' ').at(-1);
    if (!secret) return [];
    const run = secret.match(/[\w-]{20,}/g)?.at(-1) ?? secret;
    const isShort = run.length < NEEDLE_LENGTH;
    const needle = isShort ? run : run.slice(0, Math.min(NEEDLE_LENGTH, run.length >> 1));
    // In base64 it has one of three forms, depending on the bytes before it; cut to the characters that do not depend on them.
    const encoded = [0, 1, 2].map((shift) =>
      btoa(' '.repeat(shift) + needle).slice(Math.ceil((shift * 4) / 3), Math.floor(((shift + needle.length) * 4) / 3)),
    );
    return [needle, ...encoded];
  });
}

/** Search texts of the access tokens that requests have carried recently. */
export interface RecentNeedles {
  /** Notes the access token of a request. */
  readonly note: (headers: Headers) => void;
  /** Returns the texts that no response must contain. */
  readonly all: () => readonly string[];
}

/**
 * Time for which the worker searches for an access token, in milliseconds: an API may repeat an earlier request, also after a
 * refresh or a sign-out.
 */
const RECENT_MS = 10 * 60 * 1000;
/** Largest number of remembered access tokens. */
const MAX_RECENT = 50;

/**
 * Creates the memory of the access tokens of the last ten minutes.
 *
 * @param now the clock, in milliseconds since the epoch
 */
export function createRecentNeedles(now: () => number): RecentNeedles {
  const recent = new Map<string, { readonly needles: readonly string[]; atMs: number }>();
  return {
    note: (headers) => {
      const authorization = headers.get('authorization');
      if (authorization === null) return;
      // Compare the end of the token: nearly every request carries the current one.
      const name = authorization.slice(-100);
      const known = recent.get(name);
      if (known) {
        known.atMs = now();
        return;
      }
      recent.set(name, { needles: needlesOf(new Headers({ authorization })), atMs: now() });
      const [oldest] = recent.keys();
      if (recent.size > MAX_RECENT && oldest !== undefined) recent.delete(oldest);
    },
    all: () =>
      [...recent.values()].filter(({ atMs }) => Math.abs(now() - atMs) < RECENT_MS).flatMap(({ needles }) => needles),
  };
}

/**
 * Withholds a response from the page if it contains one of the search texts, with or without a line break inside it: in its
 * URL, its header fields or its body. The body breaks off before the text is complete. Each chunk passes at once: if an API
 * repeats text of the page, a delay would reveal how much of a secret the page has guessed.
 *
 * The result is a copy, since the body of a response can be searched in no other way: `url`, `redirected` and `type` are not
 * copied.
 *
 * @param response the response
 * @param needles texts that it must not contain, in ASCII
 * @param tell called if it contains one
 */
export function guardReflection(response: Response, needles: readonly string[], tell: () => void): Response {
  const { statusText, headers, url } = response;
  const isIn = (text: string): boolean => {
    const joined = text.replace(LINE_BREAK, '');
    return needles.some((needle) => text.includes(needle) || (joined !== text && joined.includes(needle)));
  };
  if (isIn([url, statusText, ...headers].join('\n'))) {
    tell();
    return problemResponse(502, 'token_reflected', 'The response held the access token of the request. Fix the API.');
  }
  if (!response.body || !admitsBody(response)) return response;
  // One character for each byte.
  const decoder = new TextDecoder('latin1');
  let tail = '';
  const search = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      const text = tail + decoder.decode(chunk);
      if (isIn(text)) {
        tell();
        throw new TypeError('The response held the access token of the request.');
      }
      tail = text.slice(-TAIL_LENGTH);
      controller.enqueue(chunk);
    },
  });
  return copyResponse(response, (body) => body.pipeThrough(search));
}
