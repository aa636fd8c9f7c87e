import { problemResponse } from './problem.ts';

/** How much of a secret is looked for at most: 120 bits of a token in base64url. */
const MARK_LENGTH = 20;
/** How many characters that have passed are looked at again: all but one of a mark in base64, with a line break in it. */
const TAIL_LENGTH = 256;
/** A line break as it is, in quoted-printable (RFC 2045, section 6.7) and in JSON, and the indentation behind it. */
const LINE_BREAK = /(?:=?[\r\n]|\\[rn])[ \t]*/g;

/**
 * What an answer must not hold: a mark of each secret that a request carried, as it is and in base64.
 *
 * The mark is the beginning of the secret's last run of characters that no notation of text has to escape, so that it stands
 * in HTML, JSON and a URL as it is. In a JWT that is its signature, without which the rest is of no use. It is at most half of
 * the run: where the network cuts an answer inside of it, that much has passed, and the rest is still not to be guessed. A short
 * token is looked for as a whole, since the half of it may be what all tokens of a server begin with.
 *
 * @param headers the header fields of the request, as it was sent
 */
export function marksOf(headers: Headers): readonly string[] {
  return ['authorization', 'dpop'].flatMap((name) => {
    const secret = headers.get(name)?.split(' ').at(-1);
    if (!secret) return [];
    const run = secret.match(/[\w-]{20,}/g)?.at(-1) ?? secret;
    const isShort = run.length < MARK_LENGTH;
    const mark = isShort ? run : run.slice(0, Math.min(MARK_LENGTH, run.length >> 1));
    // In base64 it looks one of three ways, as what stands before it decides; cut to what only the mark decides.
    const encoded = [0, 1, 2].map((shift) =>
      btoa(' '.repeat(shift) + mark).slice(Math.ceil((shift * 4) / 3), Math.floor(((shift + mark.length) * 4) / 3)),
    );
    return [mark, ...encoded];
  });
}

/** The marks of the access tokens that requests have carried lately. */
export interface RecentMarks {
  /** Notes the access token of a request. */
  readonly note: (headers: Headers) => void;
  /** Returns what no answer must hold. */
  readonly all: () => readonly string[];
}

/** Time for which an access token is still looked for: an API may tell of an earlier request, also after a refresh or a sign-out. */
const RECENT_MS = 10 * 60 * 1000;
/** Number of access tokens that are remembered at most. */
const MAX_RECENT = 50;

/**
 * Creates the memory of the access tokens of the last ten minutes.
 *
 * @param now the clock, in milliseconds since the epoch
 */
export function createRecentMarks(now: () => number): RecentMarks {
  const recent = new Map<string, { readonly marks: readonly string[]; atMs: number }>();
  return {
    note: (headers) => {
      const authorization = headers.get('authorization');
      if (authorization === null) return;
      // By the end of the token: nearly every request carries the one that is there already.
      const name = authorization.slice(-100);
      const known = recent.get(name);
      if (known) {
        known.atMs = now();
        return;
      }
      recent.set(name, { marks: marksOf(new Headers({ authorization })), atMs: now() });
      const [oldest] = recent.keys();
      if (recent.size > MAX_RECENT && oldest !== undefined) recent.delete(oldest);
    },
    all: () =>
      [...recent.values()].filter(({ atMs }) => Math.abs(now() - atMs) < RECENT_MS).flatMap(({ marks }) => marks),
  };
}

/**
 * Keeps an answer from the page as soon as it holds one of some marks, whether or not a line is broken within: in its
 * address, its header fields, or its body, which then breaks off before the mark is whole. The body goes on as it comes.
 * Nothing is held back: where an API repeats what the page says, a delay would tell the page how much of a secret it has guessed.
 *
 * The answer is a copy, since a body can be read in no other way on its way: `url`, `redirected` and `type` are not copied.
 *
 * @param response the answer
 * @param marks what it must not hold, in ASCII
 * @param tell hears of it if it does
 */
export function guardReflection(response: Response, marks: readonly string[], tell: () => void): Response {
  const { status, statusText, headers, url, body } = response;
  const isIn = (text: string): boolean => {
    const joined = text.replace(LINE_BREAK, '');
    return marks.some((mark) => text.includes(mark) || (joined !== text && joined.includes(mark)));
  };
  if (isIn([url, statusText, ...headers].join('\n'))) {
    tell();
    return problemResponse(502, 'token_reflected', 'The answer held the access token of the request. Mend the API.');
  }
  if (!body) return response;
  // One character for each byte.
  const decoder = new TextDecoder('latin1');
  let tail = '';
  const search = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      const text = tail + decoder.decode(chunk);
      if (isIn(text)) {
        tell();
        throw new TypeError('The answer held the access token of the request.');
      }
      tail = text.slice(-TAIL_LENGTH);
      controller.enqueue(chunk);
    },
  });
  return new Response(body.pipeThrough(search), { status, statusText, headers });
}
