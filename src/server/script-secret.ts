import { encodeBase64Url } from './base64url.ts';
import type { SecurityPolicy } from './security-policy.ts';

/** Creates the worker's secret: 256 random bits as 43 characters of base64url (RFC 4648, section 5). */
export function createSecret(): string {
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(32)));
}

/**
 * Prepends the secret to a worker script, on the script's first line so that line numbers stay the same. A `'use strict'` of
 * the script must precede all statements, so it is repeated.
 *
 * @param script text of the script, a classic script or a module
 * @param secret the result of {@link createSecret}
 * @param further the policy of pages, which the worker adds to documents from a cache, and the worker's identity at the relay
 */
export function prependSecret(script: string, secret: string, { policy, identity }: ScriptPrefix = {}): string {
  const directive = USE_STRICT.test(script) ? '"use strict";' : '';
  const pages = policy === undefined ? '' : `self.__tokenwardPolicy=${JSON.stringify(policy)};`;
  const relay = identity === undefined ? '' : `self.__tokenwardRelay=${JSON.stringify(identity)};`;
  return `${directive}self.__tokenwardSecret="${secret}";${pages}${relay}${script}`;
}

/** Parts of a served script besides its secret. */
export interface ScriptPrefix {
  readonly policy?: SecurityPolicy | undefined;
  readonly identity?: string | undefined;
}

const COMMENT = String.raw`//[^\n\r]*(?![^\n\r])|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/`;
const OTHER_DIRECTIVE = String.raw`(?!["']use strict["'])(?:'[^'\\\n\r]*'|"[^"\\\n\r]*")(?:\s*;|(?=[^\S\n\r]*[\n\r]))`;
const DIRECTIVE_END = String.raw`[^\S\n\r]*(?:[;\n\r}]|/[/*]|$)`;

/**
 * A directive prologue with `use strict` in it: white space, comments and other directives may come first.
 *
 * @see https://tc39.es/ecma262/#sec-directive-prologues-and-the-use-strict-directive
 */
const USE_STRICT = new RegExp(`^(?:\\s|${COMMENT}|${OTHER_DIRECTIVE})*(?:'use strict'|"use strict")${DIRECTIVE_END}`);
