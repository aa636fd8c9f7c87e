/** Result of a read of a stream; without a value at its end. */
interface Chunk {
  readonly value?: Uint8Array | undefined;
}

/**
 * Reads the body of a request, up to a size.
 *
 * @returns `undefined` if it is larger; the rest is not read
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return undefined;
  // Anyone can begin a request and not end it: it takes no more memory than it has bytes, or twice that.
  let bytes = new Uint8Array(FIRST_BYTES);
  let size = 0;
  const reader = request.body?.getReader();
  for (;;) {
    const result: Chunk | undefined = await reader?.read();
    if (result?.value === undefined) return bytes.slice(0, size);
    const { value } = result;
    if (size + value.length > maxBytes) {
      await reader?.cancel();
      return undefined;
    }
    if (size + value.length > bytes.length) {
      const larger = new Uint8Array(Math.min(maxBytes, Math.max(2 * bytes.length, size + value.length)));
      larger.set(bytes);
      bytes = larger;
    }
    bytes.set(value, size);
    size += value.length;
  }
}

/** Size that is enough for most requests, in bytes. */
const FIRST_BYTES = 1024;
