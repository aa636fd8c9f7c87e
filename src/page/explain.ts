import type { Destination, RequestSketch } from '../protocol/explanation.ts';
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
 * @throws TypeError for what `fetch()` would not send either
 */
export function sketchRequest(input: string | URL, init: ExplainOptions): RequestSketch {
  const { url, method, mode, headers } = new Request(input, init);
  const { destination = mode === 'no-cors' ? 'beacon' : '' } = init;
  return { url, method, destination, hasAuthorization: isOwnAuthorization(headers.get('authorization')) };
}
