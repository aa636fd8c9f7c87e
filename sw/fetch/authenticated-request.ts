import type { Token } from '../vault/token.ts';

/**
 * The request as the app sent it, plus the header. `new Request(request, init)` forgets the referrer and its policy
 * (Fetch, "new Request(input, init)", step 12), so both are given again.
 *
 * Only requests of mode `cors` and `same-origin` can carry the header. One of mode `no-cors` becomes `cors`, without the
 * cookies that it would have brought to another origin, for which a server would have to allow credentials; a navigation
 * becomes `same-origin`.
 *
 * @param request the request of the fetch event
 * @param access the access token
 * @param init what is to be otherwise: a body that was kept, a redirect mode
 */
export function authenticateRequest(
  request: Request,
  { accessToken }: { readonly accessToken: Token<'access_token'> },
  init: RequestInit,
): Request {
  const headers = new Headers(request.headers);
  headers.set('authorization', `Bearer ${accessToken.reveal()}`);
  const { mode, referrer, referrerPolicy } = request;
  const cors: RequestInit = mode === 'no-cors' ? { mode: 'cors', credentials: 'same-origin' } : {};
  const navigation: RequestInit = mode === 'navigate' ? { mode: 'same-origin' } : {};
  return new Request(request, { headers, referrer, referrerPolicy, ...cors, ...navigation, ...init });
}
