import type { ResponseDelivery } from '../../src/configuration/parse-configuration.ts';

/** An authorization response as it reached the worker. */
export interface AuthorizationResponse {
  readonly parameters: URLSearchParams;
  readonly delivery: ResponseDelivery;
}

/** Limit for the body of a form, in bytes: the longest URL that Firefox opens, which is the other delivery of a response. */
const MAX_FORM_BYTES = 1_048_576;

/** Reads a response from the query or, with `response_mode=fragment`, from the fragment. */
export function responseInUrl({ searchParams, hash }: URL): AuthorizationResponse {
  const isQuery = searchParams.has('state') || hasResponse(searchParams);
  return { parameters: isQuery ? searchParams : new URLSearchParams(hash.slice(1)), delivery: 'url' };
}

/**
 * Reads a response from the form of a POST navigation. A body of another type, or one that is too long or broken off, holds
 * no response.
 *
 * @param request the navigation
 */
export async function responseInForm(request: Partial<Pick<Request, 'blob'>>): Promise<AuthorizationResponse> {
  // Not `formData()`: it parses files too, without a limit.
  const body = await request.blob?.().catch(() => undefined);
  const isForm = body?.type.startsWith('application/x-www-form-urlencoded') === true && body.size <= MAX_FORM_BYTES;
  return { parameters: new URLSearchParams(isForm ? await body?.text() : ''), delivery: 'form' };
}

/** Whether a URL holds an authorization response. */
export function hasResponseInUrl(url: URL): boolean {
  return hasResponse(responseInUrl(url).parameters);
}

function hasResponse(parameters: URLSearchParams): boolean {
  return ['code', 'error', 'response', 'access_token', 'id_token'].some((name) => parameters.has(name));
}
