import { hasMembers, hasStrings } from '../../src/protocol/json.ts';
import { copyResponse } from '../fetch/copy-response.ts';

/** The headers that pages of the origin carry, as `createSecurityPolicy()` of `tokenward/server` makes them. */
export interface PagePolicy {
  readonly headers: readonly PageHeader[];
}

/** One header of a policy. */
export interface PageHeader {
  readonly name: string;
  readonly value: string;
  /** Whether it stands beside a header of that name, unless the response has the same (`append`), or in its place (`set`). */
  readonly merge: 'append' | 'set';
}

/** Reads the policy that the server has put before the worker's script; `undefined` if there is none. */
export function parsePagePolicy(value: unknown): PagePolicy | undefined {
  if (!hasMembers(value) || !Array.isArray(value['headers'])) return undefined;
  const headers = value['headers'].flatMap((header: unknown): readonly PageHeader[] =>
    hasStrings(header, 'name', 'value')
      ? [{ name: header.name, value: header.value, merge: header['merge'] === 'set' ? 'set' : 'append' }]
      : [],
  );
  return { headers };
}

/**
 * Adds a policy's headers to a response. A response that script in a page has put into a cache has none of them.
 *
 * @param response what would be answered; its body is passed on, not read
 * @param policy the policy of pages; without one, the response stays as it is
 * @returns the response with the headers, or the same one if it can carry none (a network error, an opaque response)
 */
export function addPolicy(response: Response, policy: PagePolicy | undefined): Response {
  if (policy === undefined) return response;
  const secured = copyResponse(response);
  if (secured === response) return response;
  for (const { name, value, merge } of policy.headers) {
    const present = (secured.headers.get(name) ?? '').split(',').map((each) => each.trim());
    if (merge === 'set') secured.headers.set(name, value);
    else if (!present.includes(value)) secured.headers.append(name, value);
  }
  return secured;
}
