/** Statuses of responses that cannot have a body (Fetch, section 2.2.3, "null body status"). */
const NULL_BODY_STATUSES: readonly number[] = [101, 103, 204, 205, 304];

/**
 * Whether a response can have a body. Chromium shows an empty stream where the status admits none, and its constructor then refuses the
 * stream. A network error and an opaque response have no status, and no response can be constructed without one.
 */
export function admitsBody({ status }: Response): boolean {
  return status >= 200 && !NULL_BODY_STATUSES.includes(status);
}

/**
 * Creates a copy of a response, whose header fields can be changed. The body is passed on, not read; `url`, `redirected` and `type` are not
 * copied.
 *
 * @param response the response
 * @param changeBody makes the copy's body out of the response's
 * @returns the same response, if it admits no copy: a network error, or an opaque response
 */
export function copyResponse(
  response: Response,
  changeBody: (body: ReadableStream<Uint8Array<ArrayBuffer>>) => BodyInit = (body) => body,
): Response {
  const { status, statusText, headers, body } = response;
  if (status < 200) return response;
  return new Response(body && admitsBody(response) ? changeBody(body) : null, { status, statusText, headers });
}
