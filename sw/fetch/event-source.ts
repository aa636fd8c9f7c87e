import { PRIVATE } from './private-answer.ts';

/**
 * Whether a request is of an EventSource, as Chromium, Firefox and WebKit send it (HTML Standard, section 9.2.2). Requests of `fetch()` have
 * another cache mode, unless a page sets it.
 */
export function isEventSource({ headers, cache, destination }: Request): boolean {
  return headers.get('accept') === 'text/event-stream' && cache === 'no-store' && destination === '';
}

/** A browser, and whether an EventSource connects again after a network error that a worker has answered with, or gives up for good. */
export type EventSourceRetry = 'after-error' | 'after-end';

/**
 * Answers an EventSource so that it connects again where the network has failed. In Firefox, a network error of a worker closes it for good,
 * unlike one of the network; the end of a stream does not.
 *
 * @param request the request, of whatever kind
 * @param sent the answer to it
 * @param retry the browser's behaviour
 */
export async function letEventSourceRetry(
  request: Request,
  sent: Promise<Response>,
  retry: EventSourceRetry,
): Promise<Response> {
  if (retry === 'after-error' || !isEventSource(request)) return sent;
  const response = await sent.catch((error: unknown) => {
    if (error instanceof TypeError) return Response.error();
    throw error;
  });
  if (response.type !== 'error') return response;
  return new Response('', { headers: { ...PRIVATE, 'content-type': 'text/event-stream' } });
}
