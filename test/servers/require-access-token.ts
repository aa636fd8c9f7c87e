import type { MiddlewareHandler } from 'hono';

import { refuseScope, type CheckAuthorization, type Refusal } from './access-token.ts';
import type { HttpEnvironment } from './http-middleware.ts';

/** Lets only requests with a valid access token through. */
export function requireAccessToken(checkAuthorization: CheckAuthorization): MiddlewareHandler<HttpEnvironment> {
  return async (context, next) => {
    const result = await checkAuthorization(context.req.raw);
    if ('challenge' in result) return refusal(result);
    context.set('authorization', result);
    return await next();
  };
}

/** Lets only access tokens with this scope through. */
export function requireScope(realm: string, scope: string): MiddlewareHandler<HttpEnvironment> {
  return async (context, next) =>
    context.get('authorization')?.scopes.includes(scope) === true ? await next() : refusal(refuseScope(realm, scope));
}

function refusal({ status, challenge, reason }: Refusal): Response {
  return Response.json(
    { title: reason, status },
    { status, headers: { 'www-authenticate': challenge, 'content-type': 'application/problem+json' } },
  );
}
