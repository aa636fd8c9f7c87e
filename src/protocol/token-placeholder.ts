/**
 * Placeholder for an access token in code that sets its own `Authorization` header. The value is public: no server accepts it,
 * and the worker replaces it only in requests to which it would add a token anyway.
 */
export const TOKEN_PLACEHOLDER = 'tokenward-placeholder';

/**
 * Whether the value of an `Authorization` header is the page's own. The placeholder is not: it requests the session's token.
 */
export function isOwnAuthorization(value: string | null): boolean {
  return value !== null && !/^(bearer|dpop) tokenward-placeholder$/i.test(value);
}
