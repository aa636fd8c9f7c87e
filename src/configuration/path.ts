/**
 * Whether a path is the prefix itself or below it, by whole segments: `/api` covers `/api` and `/api/x`, not `/apix`.
 *
 * @param prefix a path as the URL parser gives it, with or without a slash at its end
 * @param path a path as the URL parser gives it
 */
export function coversPath(prefix: string, path: string): boolean {
  const folder = prefix.endsWith('/') ? prefix : `${prefix}/`;
  return path === prefix || path.startsWith(folder);
}

/** Number of times that a server may decode a path: more than any is known to. */
const MAX_DECODINGS = 3;

/**
 * Returns whether a server that decodes percent-encoding once more than the URL parser did could leave the folder that the path
 * seems to be in (`/api/..%2fadmin`, `/api/%252e%252e/admin`, `/api/..;/admin`), or take it for another path for a character that it
 * normalises, trims or drops. The rule says which characters a path may hold, not which ones are bad.
 *
 * @param path a path as the URL parser gives it: everything beyond ASCII is percent-encoded
 */
export function mayLeaveItsFolder(path: string): boolean {
  // Nearly every path has neither, and then needs no regular expression, which the worker would compile at each start.
  if (!path.includes('.') && !path.includes('%')) return false;
  let bytes = path;
  for (let round = 0; round <= MAX_DECODINGS; round++) {
    const text = utf8(bytes);
    if (text === undefined || !isPlain(text)) return true;
    const next = decode(bytes);
    if (next === bytes) return false;
    bytes = next;
  }
  return true;
}

/** A path segment that is one or two dots, also with something behind it that a server may cut off: path parameters, a query. */
const DOT_SEGMENT = /(?:^|[/\\])\.{1,2}(?:[;?#\s][^/\\]*)?(?:[/\\]|$)/;
/** A segment with a blank before or behind it, which some servers trim. */
const BLANK_EDGE = /(?:^|[/\\]) | (?:[/\\]|$)/;
/** A character by its number in Unicode (`%u2025`), as some servers decode it. */
const UNICODE_NUMBER = /%u[\da-f]{4}/i;

/** Whether a path holds only what every server takes for the same: printable ASCII, letters, digits and pictures. */
function isPlain(text: string): boolean {
  if (DOT_SEGMENT.test(text) || BLANK_EDGE.test(text) || UNICODE_NUMBER.test(text)) return false;
  if (/^[ -~]*$/.test(text)) return true;
  // The normal form of a character (NFKC) must consist of letters too: U+2024 becomes a dot, U+FF0F a slash, U+2488 a digit and
  // a dot. A character that may be dropped (Default_Ignorable_Code_Point), such as a soft hyphen, is not a letter.
  return (
    /^[ -~\p{L}\p{N}\p{M}\p{So}]*$/u.test(text) &&
    !/\p{DI}/u.test(text) &&
    !DOT_SEGMENT.test(text.replace(/\p{M}/gu, '')) &&
    /^[\p{L}\p{N}\p{M}\p{So}]*$/u.test(text.replace(/[ -~]/g, '').normalize('NFKC'))
  );
}

/** Returns the text of a path that was decoded byte by byte; `undefined` if it is not UTF-8. */
function utf8(bytes: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(toBytes(bytes));
  } catch {
    return undefined;
  }
}

/** Returns the bytes of a text that has one character for each. */
function toBytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/**
 * Returns whether some server could take a path for one that the prefix covers: one that decodes once more, then finds a query, and
 * ignores case, accents, path parameters, repeated slashes, blanks or dots behind a name. What is to be left alone is judged so.
 */
export function mayBeCoveredBy(prefix: string, path: string): boolean {
  return coversPath(flatten(prefix), flatten(path));
}

function flatten(path: string): string {
  const text = new TextDecoder().decode(toBytes(decode(decode(decode(path)))));
  return foldCase(text)
    .replace(/[;?#][^/\\]*/g, '')
    .replace(/[ .]+(?=[/\\]|$)/g, '')
    .replace(/[/\\]+/g, '/');
}

/** Folds case and accents, beyond ASCII too: `ı`, `İ`, `ſ` and the sign for Kelvin are letters of ASCII to some servers. */
function foldCase(text: string): string {
  const ascii = /^[ -~]*$/.test(text) ? text : text.normalize('NFKD').replace(/[\p{M}\p{DI}\p{C}]/gu, '');
  return ascii.toUpperCase().toLowerCase();
}

function decode(path: string): string {
  return path.replace(/%(?:u00)?([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/** Syntax that makes a path a pattern. */
const PATTERN_SYNTAX = /[*{}()]|\/:/;

/** Whether a path is a pattern (URL Pattern Standard) rather than a literal path. */
export function isPattern(path: string): boolean {
  return PATTERN_SYNTAX.test(path);
}

/** Returns the folder before the first segment of a pattern that is not literal, with a slash at its end; a path that is no pattern stays. */
export function literalFolder(path: string): string {
  const start = path.search(PATTERN_SYNTAX);
  return start < 0 ? path : path.slice(0, path.lastIndexOf('/', start) + 1);
}
