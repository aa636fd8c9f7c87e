import type { Access } from './handler.ts';

/**
 * The request as the app sent it, plus the header fields that give it access. `new Request(request, init)` forgets the
 * referrer and its policy (Fetch, "new Request(input, init)", step 12), so both are given again.
 *
 * On a redirect to another origin browsers take `Authorization` off and leave every other field on (Fetch, "HTTP-redirect
 * fetch", step 13). A proof is for one URL, so a request that carries more than `Authorization` fails where it is redirected.
 *
 * Only requests of mode `cors` and `same-origin` can carry the header. One of mode `no-cors` becomes `cors`, without the
 * cookies that it would have brought to another origin, for which a server would have to allow credentials; a navigation
 * becomes `same-origin`.
 *
 * @param request the request of the fetch event
 * @param access what gives the header fields
 * @param init what is to be otherwise: a body that was kept, a redirect mode
 */
export async function authenticateRequest(request: Request, access: Access, init: RequestInit): Promise<Request> {
  const headers = new Headers(request.headers);
  const fields = Object.entries(await access.authorize(request));
  for (const [name, value] of fields) headers.set(name, value);
  const { mode, redirect, referrer, referrerPolicy } = request;
  const cors: RequestInit = mode === 'no-cors' ? { mode: 'cors', credentials: 'same-origin' } : {};
  const navigation: RequestInit = mode === 'navigate' ? { mode: 'same-origin' } : {};
  const proof: RequestInit = fields.length > 1 && redirect === 'follow' ? { redirect: 'error' } : {};
  return new Request(request, { headers, referrer, referrerPolicy, ...cors, ...navigation, ...proof, ...init });
}
