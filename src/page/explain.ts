import type { Destination, RequestSketch } from '../protocol/explanation.ts';
import { isOwnAuthorization } from '../protocol/token-placeholder.ts';

/** A request to be explained, as `fetch()` would be given it. */
export interface ExplainOptions extends RequestInit {
  /** What else than script asks for it, such as `image`. */
  readonly destination?: Destination;
}

/**
 * What the worker has to know of a request. Nothing else of it leaves the page: no body, and no header but that there is an
 * `Authorization` of its own.
 *
 * @throws TypeError for what `fetch()` would not send either
 */
export function sketchRequest(input: string | URL, init: ExplainOptions): RequestSketch {
  const { url, method, mode, headers } = new Request(input, init);
  const { destination = mode === 'no-cors' ? 'beacon' : '' } = init;
  return { url, method, destination, hasAuthorization: isOwnAuthorization(headers.get('authorization')) };
}
