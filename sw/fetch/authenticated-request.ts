import type { Access } from './handler.ts';

/**
 * The request as the app sent it, plus the header fields that give it access. `new Request(request, init)` forgets the
 * referrer and its policy (Fetch, "new Request(input, init)", step 12), so both are given again.
 *
 * On a redirect to another origin browsers take `Authorization` off and leave every other field on (Fetch, "HTTP-redirect
 * fetch", step 13). A proof is for one URL, so a request that carries more than `Authorization` fails where it is redirected.
 *
 * @param request the request of the fetch event
 * @param access what gives the header fields
 */
export async function authenticateRequest(request: Request, access: Access): Promise<Request> {
  const headers = new Headers(request.headers);
  const fields = Object.entries(await access.authorize(request));
  for (const [name, value] of fields) headers.set(name, value);
  const { referrer, referrerPolicy } = request;
  const redirect = fields.length > 1 && request.redirect === 'follow' ? 'error' : request.redirect;
  return new Request(request, { headers, referrer, referrerPolicy, redirect });
}
