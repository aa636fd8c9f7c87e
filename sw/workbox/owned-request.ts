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
  /** What shows that the worker has said so. */
  readonly proof: string;
}

/** The request with the field. */
export function withOwner(request: Request, user: string | undefined, proof: string): Request {
  const { mode, referrer, referrerPolicy } = request;
  const changes = MODE_CHANGES[mode];
  const owned = new Request(request, changes && { referrer, referrerPolicy, ...changes });
  setOwner(owned, user, proof);
  return owned;
}

/** Puts the field into the request itself, whoever holds it. */
export function setOwner({ headers }: Request, user: string | undefined, proof: string): void {
  headers.set(FIELD, `${encodeURIComponent(user ?? '')}:${proof}`);
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
  const [user = '', proof = ''] = field.split(':');
  return { request: bare, user: decode(user) || undefined, proof };
}

/** Whoever writes what cannot be decoded is no user. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
