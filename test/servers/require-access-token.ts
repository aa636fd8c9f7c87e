import type { MiddlewareHandler } from 'hono';

import { refuseScope, type Authorization, type CheckAuthorization, type Refusal } from './access-token.ts';
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

/** Says why a valid access token is not enough for a path; nothing if it is. */
export type StepUpRule = (authorization: Authorization, path: string) => Refusal | undefined;

/** Lets only access tokens through that are enough by a rule, which may change. */
export function requireStepUp(rule: () => StepUpRule | undefined): MiddlewareHandler<HttpEnvironment> {
  return async (context, next) => {
    const authorization = context.get('authorization');
    const refused = authorization && rule()?.(authorization, context.req.path);
    return refused ? refusal(refused) : await next();
  };
}

function refusal({ status, challenge, reason }: Refusal): Response {
  return Response.json(
    { title: reason, status },
    { status, headers: { 'www-authenticate': challenge, 'content-type': 'application/problem+json' } },
  );
}
