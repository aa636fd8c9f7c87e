import { problemResponse } from './problem.ts';

/** How much of a secret is looked for: 120 bits of a token in base64url, and few bytes to hold back. */
const MARK_LENGTH = 20;

/**
 * What an answer must not hold: a mark of each secret that a request carried, as it is and in base64.
 *
 * The mark is the beginning of the secret's last run of characters that no notation of text has to escape, so that it stands
 * in HTML, JSON and a URL as it is. In a JWT that is its signature, without which the rest is of no use.
 *
 * @param headers the header fields of the request, as it was sent
 */
export function marksOf(headers: Headers): readonly string[] {
  return ['authorization', 'dpop'].flatMap((name) => {
    const secret = headers.get(name)?.split(' ').at(-1);
    if (!secret) return [];
    const mark =
      secret
        .match(/[\w-]{20,}/g)
        ?.at(-1)
        ?.slice(0, MARK_LENGTH) ?? secret;
    // In base64 it looks one of three ways, as what stands before it decides; cut to what only the mark decides.
    const encoded = [0, 1, 2].map((shift) =>
      btoa(' '.repeat(shift) + mark).slice(Math.ceil((shift * 4) / 3), Math.floor(((shift + mark.length) * 4) / 3)),
    );
    return [mark, ...encoded];
  });
}

/**
 * Keeps an answer from the page as soon as it holds one of some marks: in its address, its header fields, or its body, which
 * then breaks off before the mark. The body goes on as it comes: only an end that may be the beginning of a mark is held back
 * until more has come.
 *
 * The answer is a copy, since a body can be read in no other way on its way: `url`, `redirected` and `type` are not copied.
 *
 * @param response the answer
 * @param marks what it must not hold, in ASCII
 * @param tell hears of it if it does
 */
export function guardReflection(response: Response, marks: readonly string[], tell: () => void): Response {
  const { status, statusText, headers, url, body } = response;
  const isIn = (text: string): boolean => marks.some((mark) => text.includes(mark));
  if (isIn([url, statusText, ...headers].join('\n'))) {
    tell();
    return problemResponse(502, 'token_reflected', 'The answer held the access token of the request. Mend the API.');
  }
  if (!body) return response;
  // One character for each byte.
  const decoder = new TextDecoder('latin1');
  let held = new Uint8Array();
  const search = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array>({
    transform: (chunk, controller) => {
      const bytes = join(held, chunk);
      const text = decoder.decode(bytes);
      if (isIn(text)) {
        tell();
        throw new TypeError('The answer held the access token of the request.');
      }
      const end = bytes.length - Math.max(...marks.map((mark) => overlap(text, mark)));
      held = bytes.slice(end);
      if (end) controller.enqueue(bytes.subarray(0, end));
    },
    flush: (controller) => {
      if (held.length) controller.enqueue(held);
    },
  });
  return new Response(body.pipeThrough(search), { status, statusText, headers });
}

function join(held: Uint8Array<ArrayBuffer>, chunk: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (!held.length) return chunk;
  const bytes = new Uint8Array(held.length + chunk.length);
  bytes.set(held);
  bytes.set(chunk, held.length);
  return bytes;
}

/** How long the longest end of a text is that is the beginning of a mark, but not all of it. */
function overlap(text: string, mark: string): number {
  for (let start = Math.max(0, text.length - mark.length + 1); ; start++) {
    start = text.indexOf(mark.charAt(0), start);
    if (start < 0) return 0;
    if (mark.startsWith(text.slice(start))) return text.length - start;
  }
}
