import { MODE_CHANGES } from '../fetch/authenticated-request.ts';

/**
 * Says in whose session a request was made, until it is sent: a request that Workbox passes from plugin to plugin, or stores
 * to send it later, carries this field in place of a token. It never goes to the network.
 */
const FIELD = 'tokenward-user';

/** A request without the field, and what the field said. */
export interface OwnedRequest {
  readonly request: Request;
  /** The `sub` of the session that the request was made in; `undefined` if there was none. */
  readonly user: string | undefined;
}

/** The request with the field. */
export function withOwner(request: Request, user: string | undefined): Request {
  const { mode, referrer, referrerPolicy } = request;
  const changes = MODE_CHANGES[mode];
  const owned = new Request(request, changes && { referrer, referrerPolicy, ...changes });
  owned.headers.set(FIELD, encodeURIComponent(user ?? ''));
  return owned;
}

/**
 * Takes the field off.
 *
 * @param request the request
 * @param init what is to be otherwise
 * @returns `undefined` if there is no such field; the request is as it was then
 */
export function takeOwner(request: Request, init?: RequestInit): OwnedRequest | undefined {
  const field = request.headers.get(FIELD);
  if (field === null) return undefined;
  const bare = new Request(request, init);
  bare.headers.delete(FIELD);
  return { request: bare, user: decodeURIComponent(field) || undefined };
}
