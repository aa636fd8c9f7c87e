import { choice, optional, type Parse, parseText, parseTexts, refuse, type Take } from './field.ts';
import type { TokenTarget } from './token-target.ts';

/**
 * Whether a character may be part of a scope token (RFC 6749, section 3.3). A regular expression would cost compile time
 * whenever the worker starts.
 */
const isScopeCharacter = (character: string): boolean =>
  character > ' ' && character <= '~' && character !== '"' && character !== '\\';

/** Parses a list of scopes. */
export const parseScopes: Parse<readonly string[]> = (value, field) => {
  const scopes = parseTexts(value, field);
  return Array.from(scopes.join('')).every(isScopeCharacter)
    ? scopes
    : refuse(field, 'a list of scopes (RFC 6749, section 3.3)');
};

/**
 * Parses what decides which access token a protected resource gets.
 *
 * @param take takes the fields of the resource
 * @param dpop whether the client's access tokens are bound to a key
 */
export function parseTarget(take: Take, dpop: 'off' | 'required'): TokenTarget {
  return Object.freeze({
    resource: take('resource', optional(parseResource)),
    audience: take('audience', optional(parseText)),
    scopes: take('scopes', parseScopes, []),
    // What is optional is a target of its own: a Bearer token for it is not used where DPoP is required.
    dpop: take('dpop', optional(dpop === 'off' ? parseNoDpop : parseDpop)),
  });
}

const parseResource: Parse<string> = (value, field) => {
  const text = parseText(value, field);
  return URL.canParse(text) && !text.includes('#')
    ? text
    : refuse(field, 'an absolute URI without a fragment (RFC 8707, section 2)');
};

const parseDpop: Parse<TokenTarget['dpop']> = (value, field) =>
  choice('required', 'optional')(value, field) === 'optional' ? 'optional' : undefined;

const parseNoDpop: Parse<never> = (_value, field) => refuse(field, 'absent: "dpop" of the configuration is off');
