import type { Destination, RequestSketch } from '../protocol/explanation.ts';
import { TokenwardError } from '../protocol/error.ts';
import { isOwnAuthorization } from '../protocol/token-placeholder.ts';

/** Request to explain, with the options of `fetch()`. */
export interface ExplainOptions extends RequestInit {
  /** Destination of a request that script does not make, such as `image`. */
  readonly destination?: Destination;
}

/**
 * Returns the parts of a request that the worker needs to explain it. Nothing else leaves the page: no body, and no header
 * except whether there is an `Authorization` of its own.
 *
 * @throws {@link TokenwardError} `request_invalid` for what `fetch()` would not send either
 */
export function sketchRequest(input: string | URL, init: ExplainOptions): RequestSketch {
  const { url, method, mode, headers } = parseRequest(input, init);
  const { destination = mode === 'no-cors' ? 'beacon' : '' } = init;
  return { url, method, destination, hasAuthorization: isOwnAuthorization(headers.get('authorization')) };
}

function parseRequest(input: string | URL, init: ExplainOptions): Request {
  try {
    return new Request(input, init);
  } catch {
    // The browser's own message may hold the URL, with a password in it.
    const message = 'explain(): fetch() would not send this request. Correct its URL, method, headers or body.';
    throw new TokenwardError('request_invalid', message);
  }
}
