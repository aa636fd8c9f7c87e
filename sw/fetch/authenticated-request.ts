import type { Token } from '../vault/token.ts';

/**
 * The request as the app sent it, plus the header. `new Request(request, init)` forgets the referrer and its policy
 * (Fetch, "new Request(input, init)", step 12), so both are given again.
 *
 * @param request the request of the fetch event
 * @param access the access token
 */
export function authenticateRequest(
  request: Request,
  { accessToken }: { readonly accessToken: Token<'access_token'> },
): Request {
  const headers = new Headers(request.headers);
  headers.set('authorization', `Bearer ${accessToken.reveal()}`);
  const { referrer, referrerPolicy } = request;
  return new Request(request, { headers, referrer, referrerPolicy });
}
