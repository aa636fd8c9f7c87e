import { createHash, randomBytes } from 'node:crypto';
import { hasStrings } from '../../protocol/json.ts';
import { endpointOf, type Deployment } from './deployment.ts';
import type { Answer, Send } from './probe.ts';

/** Outcome of an authorization request. */
export type Outcome =
  /** The server redirected to the redirect URI, with or without an error. */
  | { readonly kind: 'answered'; readonly parameters: URLSearchParams }
  /** The server showed an error, or a page of its own. */
  | { readonly kind: 'refused'; readonly answer: Answer }
  | { readonly kind: 'elsewhere'; readonly answer: Answer };

/**
 * Sends an authorization request that signs no user in and shows no page (`prompt=none`). The verifier of its challenge is
 * discarded. If the server takes only pushed requests, the function pushes it first (RFC 9126).
 *
 * @param deployment deployment whose client sends the request
 * @param changes parameters that replace the usual ones; `undefined` omits one
 * @param send the network
 */
export async function requestAuthorization(
  deployment: Deployment,
  changes: Readonly<Record<string, string | undefined>>,
  send: Send,
): Promise<Outcome> {
  const { configuration, metadata } = deployment;
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...usualParameters(deployment), ...changes })) {
    if (value !== undefined) parameters.set(name, value);
  }
  const pushEndpoint =
    metadata['require_pushed_authorization_requests'] === true ||
    configuration.pushedAuthorizationRequests === 'required'
      ? endpointOf(metadata, 'pushed_authorization_request_endpoint')
      : undefined;
  const url = new URL(endpointOf(metadata, 'authorization_endpoint') ?? '');
  let query = parameters;
  if (pushEndpoint !== undefined) {
    const answer = await push(pushEndpoint, parameters, send);
    const requestUri = answer.status === 201 ? requestUriOf(answer.body) : undefined;
    if (requestUri === undefined) return { kind: 'refused', answer };
    query = new URLSearchParams({ client_id: parameters.get('client_id') ?? '', request_uri: requestUri });
  }
  for (const [name, value] of query) url.searchParams.set(name, value);
  const answer = await send(url.href, { headers: { accept: 'text/html' } });
  return toOutcome(answer, parameters.get('redirect_uri') ?? '');
}

function usualParameters({ configuration }: Deployment): Readonly<Record<string, string | undefined>> {
  const { clientId, redirectUri, responseType, responseMode } = configuration;
  const random = (): string => randomBytes(32).toString('base64url');
  return {
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: responseType,
    // Read the response without the JWT around it.
    response_mode: responseMode === 'fragment.jwt' ? 'fragment' : undefined,
    scope: 'openid',
    prompt: 'none',
    state: random(),
    nonce: random(),
    code_challenge: createHash('sha256').update(random()).digest('base64url'),
    code_challenge_method: 'S256',
  };
}

function push(endpoint: string, parameters: URLSearchParams, send: Send): Promise<Answer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return send(endpoint, { method: 'POST', headers, body: parameters.toString() });
}

function requestUriOf(body: string): string | undefined {
  try {
    const pushed: unknown = JSON.parse(body);
    return hasStrings(pushed, 'request_uri') ? pushed.request_uri : undefined;
  } catch {
    return undefined;
  }
}

function toOutcome(answer: Answer, redirectUri: string): Outcome {
  const location = answer.header('location') ?? '';
  const isRedirect = answer.status >= 300 && answer.status <= 399 && URL.canParse(location, answer.url);
  if (!isRedirect) return { kind: answer.status >= 400 ? 'refused' : 'elsewhere', answer };
  const target = new URL(location, answer.url);
  if (target.origin + target.pathname !== redirectUri) return { kind: 'elsewhere', answer };
  return { kind: 'answered', parameters: new URLSearchParams(target.search || target.hash.slice(1)) };
}
