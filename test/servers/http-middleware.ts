import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context, MiddlewareHandler } from 'hono';
import { decodeJwt } from 'jose';

import type { Authorization } from './access-token.ts';
import type { Fault, Faults } from './faults.ts';
import type { HttpLog, HttpRequest } from './http-log.ts';

/** What handlers find in their context. */
export interface HttpEnvironment {
  readonly Bindings: HttpBindings;
  readonly Variables: { request: HttpRequest; authorization?: Authorization; outcome?: 'cut' };
}

/** Takes down each request and its outcome. */
export function logRequests(requests: HttpLog): MiddlewareHandler<HttpEnvironment> {
  return async (context, next) => {
    const [scheme, accessToken] = context.req.header('authorization')?.split(' ') ?? [];
    const request: HttpRequest = {
      method: context.req.method,
      path: context.req.path,
      query: new URL(context.req.url).search,
      origin: context.req.header('origin'),
      authorizationScheme: scheme,
      tokenDigest: accessToken && createHash('sha256').update(accessToken).digest('base64url'),
      audience: audienceOf(accessToken),
      dpop: context.req.header('dpop'),
      destination: context.req.header('sec-fetch-dest'),
      atMs: Date.now(),
    };
    context.set('request', request);
    await next();
    const authorization = context.get('authorization');
    requests.add({
      ...request,
      isAuthorised: authorization !== undefined,
      sub: authorization?.sub,
      status: context.get('outcome') === 'cut' ? 0 : context.res.status,
    });
  };
}

/** The audience of an access token, unverified: what it shows is where a token was sent. */
function audienceOf(accessToken: string | undefined): string | undefined {
  try {
    return [decodeJwt(accessToken ?? '').aud].flat().join(' ');
  } catch {
    return undefined;
  }
}

/** Lets planned faults happen; a preflight is answered as ever. */
export function letFaultsHappen(faults: Faults<HttpRequest>): MiddlewareHandler<HttpEnvironment> {
  return async (context, next) => {
    const fault = context.req.method === 'OPTIONS' ? undefined : await faults.next(context.get('request'));
    if (fault?.stage !== 'before') await next();
    if (fault === undefined) return;
    if (fault.delayMs !== undefined) await delay(fault.delayMs);
    await fault.until;
    if (fault.answer !== undefined) replaceAnswer(context, fault.answer);
    else if (fault.stage === 'before') await next();
  };
}

function replaceAnswer(context: Context<HttpEnvironment>, answer: NonNullable<Fault['answer']>): void {
  if (answer === 'cut') {
    context.set('outcome', 'cut');
    context.env.incoming.socket.destroy();
    context.res = RESPONSE_ALREADY_SENT;
    return;
  }
  const { status, body = '', headers = {}, cors = 'allow' } = answer;
  const corsHeaders = [...context.res.headers].filter(([name]) => name.startsWith('access-control-'));
  // Hono lets the headers of an earlier response win over those of its replacement, so there must be none.
  context.res = undefined;
  context.res = new Response([204, 205, 304].includes(status) ? null : body, {
    status,
    headers: { ...(cors === 'allow' ? Object.fromEntries(corsHeaders) : {}), ...headers },
  });
}
