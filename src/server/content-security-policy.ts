import { parseSecureUrl } from './location.ts';

/**
 * Formats a Content Security Policy.
 *
 * @param directives sources by directive; a directive without a source has no value
 */
export function formatPolicy(directives: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(directives)
    .map(([name, sources]) => [name, ...new Set(sources)].join(' '))
    .join('; ');
}

/**
 * Turns what was configured into source expressions of a policy.
 *
 * @param values `"'self'"`, `blob:`, `data:`, or URLs, whose host may start with `*.`; a URL's path is kept
 * @param name the option's name, for the error
 * @throws TypeError when a value is none of these, so that no value can add a directive or allow everything
 */
export function formatSources(values: readonly string[], name: string): readonly string[] {
  return values.flatMap((value) => {
    if (KEYWORDS.has(value)) return [value];
    const url = parseSecureUrl(value);
    if (url === undefined) throw new TypeError(`${name} takes ${ALLOWED}; it holds "${value}".`);
    const path = encodeSeparators(url.pathname);
    if (path === '/') return [url.origin];
    // A path of a policy covers the paths below it only if it ends with a slash.
    return path.endsWith('/') ? [url.origin + path] : [url.origin + path, `${url.origin + path}/`];
  });
}

/**
 * Encodes what parts policies and directives, so that a URL can stand in one.
 *
 * @see https://www.w3.org/TR/CSP3/#framework-directive-source-list
 */
export function encodeSeparators(urlOrPath: string): string {
  return urlOrPath.replaceAll(';', '%3B').replaceAll(',', '%2C');
}

const KEYWORDS: ReadonlySet<string> = new Set(["'self'", 'blob:', 'data:']);

const ALLOWED = `https or wss URLs (http or ws on localhost), "'self'", "blob:" and "data:"`;
