import { TokenwardError } from '../../src/protocol/error.ts';

/** Says what a field of the configuration must be; the value itself is not repeated. */
export function refuse(field: string, expected: string): never {
  throw new TokenwardError(
    'configuration_invalid',
    `Tokenward's configuration: "${field}" must be ${expected}. Correct it in the worker's own file.`,
  );
}

/** Narrows a value to a plain object whose keys are all among the allowed ones. */
export function parseFields(
  field: string,
  value: unknown,
  allowed: readonly string[],
): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(field, 'an object');
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  for (const [key] of entries) {
    if (!allowed.includes(key)) refuse(`${field}.${key}`, `absent: the fields are ${allowed.join(', ')}`);
  }
  return new Map(entries);
}

/** A string that is not empty. */
export function parseText(field: string, value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : refuse(field, 'a string that is not empty');
}

/** One of some strings. */
export function parseChoice<const T extends string>(field: string, value: unknown, choices: readonly T[]): T {
  return choices.find((choice) => choice === value) ?? refuse(field, `one of ${choices.join(', ')}`);
}

/** A list of strings, none empty and none twice. */
export function parseTexts(field: string, value: unknown): readonly string[] {
  if (!Array.isArray(value)) return refuse(field, 'a list of strings');
  const texts = value.map((item: unknown, index) => parseText(`${field}[${index}]`, item));
  return new Set(texts).size === texts.length ? Object.freeze(texts) : refuse(field, 'a list without repetitions');
}

/** A whole number from `least` to `most`. */
export function parseInteger(field: string, value: unknown, least: number, most: number): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
    ? value
    : refuse(field, `a whole number from ${least} to ${most}`);
}

/** A URL, absolute or relative to `base`, without user information and fragment. */
export function parseUrl(field: string, value: unknown, base?: string): URL {
  const text = parseText(field, value);
  if (!URL.canParse(text, base)) return refuse(field, base === undefined ? 'an absolute URL' : 'a URL');
  const url = new URL(text, base);
  if (url.username !== '' || url.password !== '' || text.includes('#')) {
    return refuse(field, 'a URL without user information and fragment');
  }
  return url;
}

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** A URL whose scheme is `https`, or `http` on a loopback host (RFC 8252, section 8.3; RFC 9700, section 2.6). */
export function parseSecureUrl(field: string, value: unknown, base?: string): URL {
  const url = parseUrl(field, value, base);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
    ? url
    : refuse(field, 'an https URL (http only on localhost)');
}

/** Whether a URL's host is this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return LOOPBACK.has(hostname) || hostname.endsWith('.localhost');
}
