import { MODE_CHANGES } from '../fetch/authenticated-request.ts';

/**
 * Header field for the user of a request until the request is sent. A request that Workbox passes from plugin to plugin, or
 * stores to send it later, carries this field instead of a token. It never reaches the network.
 */
const FIELD = 'tokenward-user';

/** Request without the field, with the values of the field. */
export interface OwnedRequest {
  readonly request: Request;
  /** The `sub` of the session that the request was made in; `undefined` if there was none. */
  readonly user: string | undefined;
  /** Proof that the worker has set the field. */
  readonly proof: string;
}

/** Returns a copy of the request with the field. */
export function withOwner(request: Request, user: string | undefined, proof: string): Request {
  const { mode, referrer, referrerPolicy } = request;
  const changes = MODE_CHANGES[mode];
  const owned = new Request(request, changes && { referrer, referrerPolicy, ...changes });
  setOwner(owned, user, proof);
  return owned;
}

/** Sets the field in the request itself, for every holder of the object. */
export function setOwner({ headers }: Request, user: string | undefined, proof: string): void {
  headers.set(FIELD, `${encodeURIComponent(user ?? '')}:${proof}`);
}

/**
 * Removes the field.
 *
 * @param request the request
 * @param init changes to the request
 * @returns `undefined` if there is no such field; the request is unchanged then
 */
export function takeOwner(request: Request, init?: RequestInit): OwnedRequest | undefined {
  const field = request.headers.get(FIELD);
  if (field === null) return undefined;
  const bare = new Request(request, init);
  bare.headers.delete(FIELD);
  const [user = '', proof = ''] = field.split(':');
  return { request: bare, user: decode(user) || undefined, proof };
}

/** Decodes a user. A text that cannot be decoded belongs to no user. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
