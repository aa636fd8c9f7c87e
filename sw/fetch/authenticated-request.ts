/**
 * The request as the app sent it, plus the header. `new Request(request, init)` forgets the referrer and its policy
 * (Fetch, "new Request(input, init)", step 12), so both are given again.
 *
 * @param request the request of the fetch event
 * @param authorization the value of the `Authorization` header
 */
export function authenticateRequest(request: Request, authorization: string): Request {
  const headers = new Headers(request.headers);
  headers.set('authorization', authorization);
  const { referrer, referrerPolicy } = request;
  return new Request(request, { headers, referrer, referrerPolicy });
}
