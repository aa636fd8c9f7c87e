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

/**
 * A path segment that is one or two dots, also with something behind it that a server may cut off: path parameters, a query, a
 * space. Characters that some servers take for dots and slashes, such as those of full width, stand there as the bytes of UTF-8.
 */
const DOT_SEGMENT =
  /(?:^|[/\\]|\xef\xbc[\x8f\xbc]|\xe2\x88[\x95\x96]|\xe2\x81\x84)(?:\.|\xef\xbc\x8e|\xef\xb9\x92|\xe2\x80[\xa4\xa5]){1,2}(?:[;?#\s][^/\\]*)?(?:[/\\]|\xef\xbc[\x8f\xbc]|\xe2\x88[\x95\x96]|\xe2\x81\x84|$)/;
/**
 * What no path needs, and some servers take for something else: a zero, a character by its number in Unicode (`%u2025`), and bytes
 * that UTF-8 never has, or never in this order, with which dots and slashes were once written in two to six.
 */
const NEVER_IN_A_PATH = /[\0\xc0\xc1\xf8-\xff]|\xe0[\x80-\x9f]|\xf0[\x80-\x8f]|%u[\da-fA-F]{4}/;

/**
 * Whether a server that decodes percent-encoding once more than the URL parser did could leave the folder that the path
 * seems to be in: `/api/..%2fadmin`, `/api/%252e%252e/admin`, `/api/..;/admin`, `/api/..%3f/admin`.
 */
export function mayLeaveItsFolder(path: string): boolean {
  // Nearly every path has neither, and needs no regular expression, which a worker that starts would have to compile.
  if (!path.includes('.') && !path.includes('%')) return false;
  let decoded = path;
  for (let round = 0; round < 3; round++) {
    if (DOT_SEGMENT.test(decoded) || NEVER_IN_A_PATH.test(decoded)) return true;
    const next = decode(decoded);
    if (next === decoded) return false;
    decoded = next;
  }
  return true;
}

/**
 * Whether some server could take a path for one that the prefix covers: one that decodes once more, then finds a query, and
 * ignores case, path parameters or repeated slashes. What is to be left alone is judged so.
 */
export function mayBeCoveredBy(prefix: string, path: string): boolean {
  return coversPath(flatten(prefix), flatten(path));
}

function flatten(path: string): string {
  return decode(decode(decode(path)))
    .toLowerCase()
    .replace(/[;?#][^/\\]*/g, '')
    .replace(/[/\\]+/g, '/');
}

function decode(path: string): string {
  return path.replace(/%(?:u00)?([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/** Where a request goes to, without query and fragment: what may be told of it. */
export function addressOf({ url }: Pick<Request, 'url'>): string {
  return url.replace(/[?#].*/, '');
}

/** What makes a path a pattern. */
const PATTERN_SYNTAX = /[*{}()]|\/:/;

/** Whether the path of a resource is a pattern (URL Pattern Standard), or stands for itself. */
export function isPattern(path: string): boolean {
  return PATTERN_SYNTAX.test(path);
}
