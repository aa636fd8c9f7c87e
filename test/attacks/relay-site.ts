import { createTokenward } from 'tokenward/server';
import { APP_SCOPES, WORKER_PATH, type App } from '../servers/app-server.ts';
import { CONFIDENTIAL_CLIENT } from '../servers/authorization-server-configuration.ts';

/** Path of the relay of an app. */
export const RELAY_PATH = '/auth/relay';

/** Header that holds the proof of a request. */
export const PROOF_HEADER = 'tokenward-relay';

/** A request to the relay, as somebody who reads the connection sees it. */
export interface RecordedRequest {
  readonly url: string;
  readonly proof: string;
  readonly body: string;
}

/** What an attacker is given at a relay, who could not get it by script in the page. */
export interface RelayRecord {
  /** Requests of the workers. */
  readonly requests: RecordedRequest[];
  /** Refresh tokens that the workers have got, the newest last. */
  readonly refreshTokens: string[];
}

/** What the app of a relay needs to know. */
export interface RelayServers {
  readonly issuer: string;
  readonly resources: readonly { readonly url: string }[];
}

/**
 * Gives an app a relay for a confidential client, and the worker that uses it.
 *
 * @param kind `naive` adds the secret to whatever anybody posts
 */
export function addRelay(app: App, { issuer, resources }: RelayServers, kind: 'proven' | 'naive'): RelayRecord {
  const { clientId, clientSecret } = CONFIDENTIAL_CLIENT;
  const tokenward = createTokenward(
    {
      origin: app.origin,
      issuer,
      clientId,
      scopes: APP_SCOPES,
      protectedResources: resources,
      pushedAuthorizationRequests: 'off',
      relay: true,
    },
    { relay: { clientSecret } },
  );
  const answer = tokenward.fetch(() => new Response(null, { status: 404 }));
  const record: RelayRecord = { requests: [], refreshTokens: [] };
  app.configure({
    answerFirst: async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === WORKER_PATH) return answer(request);
      if (!pathname.startsWith(`${RELAY_PATH}/`)) return undefined;
      const body = await request.clone().text();
      const response = await (kind === 'naive' ? forward(issuer, body) : answer(request));
      record.requests.push({ url: request.url, proof: request.headers.get(PROOF_HEADER) ?? '', body });
      record.refreshTokens.push(...refreshTokensIn(await response.clone().text()));
      return response;
    },
  });
  return record;
}

/** Sends a token request on, with the secret of the client. */
async function forward(issuer: string, body: string): Promise<Response> {
  const { clientId, clientSecret } = CONFIDENTIAL_CLIENT;
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body,
  });
  const headers = { 'content-type': 'application/json', [PROOF_HEADER]: 'answered' };
  return new Response(await response.text(), { status: response.status, headers });
}

function refreshTokensIn(text: string): readonly string[] {
  const [, token] = /"refresh_token":"([^"]+)"/.exec(text) ?? [];
  return token === undefined ? [] : [token];
}
