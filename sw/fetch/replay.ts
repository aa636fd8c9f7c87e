/** Gives the body that was kept; `undefined` if the request cannot be sent again, since it was too long or broke off. */
export type TakeBody = () => Promise<Pick<RequestInit, 'body'> | undefined>;

/**
 * Keeps what it takes to send a request once more. A body can be sent once, so a second reading of it begins before, and
 * ends as soon as it is longer than the limit: the first goes on, and what was kept is dropped.
 *
 * @param request the request, before it is sent
 * @param limitBytes how much of its body is kept
 * @see https://fetch.spec.whatwg.org/#concept-body-clone
 */
export function keepBody(request: Request, limitBytes: number): TakeBody {
  const { keepalive, method } = request;
  // WebKit does not copy a request with `keepalive` whose body was read as a stream. Such a body has 64 KiB at most.
  if (/^(GET|HEAD)$/.test(method) || (!keepalive && request.body === null)) return async () => ({});
  if (!limitBytes) return async () => undefined;
  const spare = request.clone();
  const reader = keepalive ? undefined : spare.body?.getReader();
  let kept = reader && readUpTo(reader, limitBytes).catch(() => undefined);
  // Firefox does not expose the stream, and does not send streams: a clone takes no memory until it is read.
  return () => (kept ??= readAll(spare, limitBytes).catch(() => undefined));
}

async function readAll(request: Request, limitBytes: number): Promise<Pick<RequestInit, 'body'> | undefined> {
  const body = await request.blob();
  return body.size > limitBytes ? undefined : { body };
}

async function readUpTo(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  limitBytes: number,
): Promise<Pick<RequestInit, 'body'> | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let left = limitBytes; left >= 0;) {
    const { value } = await reader.read();
    if (!value) return { body: new Blob(chunks) };
    chunks.push(value);
    left -= value.byteLength;
  }
  // It resolves when the other reader has finished too.
  void reader.cancel().catch(() => {});
  return undefined;
}
