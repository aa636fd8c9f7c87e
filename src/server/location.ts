import { CALLBACK_PATH } from '../protocol/default-names.ts';
import { isSecure } from '../configuration/loopback.ts';

/**
 * Parses an absolute path, as it stands in a request.
 *
 * @param value what was configured
 * @param name the option's name, for the error
 * @returns the path as browsers write it
 * @throws TypeError when it is no absolute path, or has a query or fragment
 */
export function parsePath(value: string, name: string): string {
  const url = URL.canParse(value, BASE) ? new URL(value, BASE) : undefined;
  if (!value.startsWith('/') || url?.origin !== BASE || /[?#]/.test(value)) {
    throw new TypeError(
      `${name} must be a path such as "/${CALLBACK_PATH}", without query or fragment; it is "${value}".`,
    );
  }
  return url.pathname;
}

/**
 * Parses the URL of a server and gives its origin.
 *
 * @param value what was configured
 * @param name the option's name, for the error
 * @throws TypeError when it is not `https:` (or `http:` on loopback), or holds credentials
 */
export function parseOrigin(value: string, name: string): string {
  const url = parseSecureUrl(value);
  if (url === undefined || !url.protocol.startsWith('http')) {
    throw new TypeError(`${name} must be https, or http on localhost, without credentials; it is "${value}".`);
  }
  return url.origin;
}

/**
 * Parses a URL that a page may connect to.
 *
 * @returns the URL, or `undefined` when it is no `https:` or `wss:` URL (or `http:` or `ws:` on loopback), or holds
 * credentials
 */
export function parseSecureUrl(value: string): URL | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  return url !== undefined && isSecure(url) && url.username === '' && url.password === '' ? url : undefined;
}

/** Base URL for parsing paths; no request ever goes to it. */
const BASE = 'http://path.invalid';
