import type { Access } from './access.ts';

/**
 * Creates the request as the app sent it, plus the header fields that give it access. A copy without changes keeps all
 * properties. A copy with changes (Fetch, "new Request(input, init)", step 12) loses the referrer and its policy, which are set
 * again, and in Chromium client hints.
 *
 * On a redirect to another origin browsers remove `Authorization` and keep every other field (Fetch, "HTTP-redirect fetch",
 * step 13). A proof is for one URL, so a request that carries more than `Authorization` fails on a redirect.
 *
 * Only requests of mode `cors` and `same-origin` can carry the header. One of mode `no-cors` becomes `cors`, without the
 * cookies that it would have sent to another origin, since a server would need to allow credentials for them. A navigation
 * becomes `same-origin`.
 *
 * @param request the request of the fetch event
 * @param access source of the header fields
 * @param init changes to the request: a stored body, a redirect mode
 */
export async function authenticateRequest(request: Request, access: Access, init: RequestInit): Promise<Request> {
  const fields = Object.entries(await access.authorize(request));
  const { mode, redirect, referrer, referrerPolicy } = request;
  const proof: RequestInit = fields.length > 1 && redirect === 'follow' ? { redirect: 'error' } : {};
  const uncached: RequestInit = asksForCacheControl(request) ? { cache: 'no-store' } : {};
  const changes: RequestInit = { ...MODE_CHANGES[mode], ...uncached, ...proof, ...init };
  const isChanged = Object.keys(changes).length > 0;
  const authenticated = new Request(request, isChanged ? { referrer, referrerPolicy, ...changes } : undefined);
  if (uncached.cache) authenticated.headers.delete('cache-control');
  for (const [name, value] of fields) authenticated.headers.set(name, value);
  return authenticated;
}

/**
 * Whether it is an EventSource of WebKit, which shows a worker the `Cache-Control: no-cache` that the network adds: sent on as
 * it is, the preflight asks for that field, which an API that knows none from other engines does not allow. The cache mode
 * makes the network add the same without asking.
 *
 * @see https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
 */
function asksForCacheControl({ headers }: Request): boolean {
  return headers.get('accept') === 'text/event-stream' && headers.get('cache-control') === 'no-cache';
}

/** Changes to a request, by its mode, so that it can carry additional header fields. */
export const MODE_CHANGES: Readonly<Partial<Record<RequestMode, RequestInit>>> = {
  'no-cors': { mode: 'cors', credentials: 'same-origin' },
  navigate: { mode: 'same-origin' },
};
