/**
 * What stands for an access token in code that sets its own `Authorization` header. Everybody may know it: it is worth
 * nothing at any server, and the worker puts the token in its place only where it would have added one anyway.
 */
export const TOKEN_PLACEHOLDER = 'tokenward-placeholder';

/** Whether the value of an `Authorization` header is one of the page's own; the placeholder asks for the session's token. */
export function isOwnAuthorization(value: string | null): boolean {
  return value !== null && !/^(bearer|dpop) tokenward-placeholder$/i.test(value);
}
