import { literalFolder } from '../configuration/path.ts';
import { formatSources } from './content-security-policy.ts';
import { parseOrigin, parsePath } from './location.ts';

/**
 * Returns the sources for the worker's requests to the protected resources: their origins, and `'self'` for the app's own
 * origin.
 *
 * @param urls as in the worker's configuration: absolute, or a path of the app's origin; a path may be a pattern
 * @throws TypeError when a value is neither
 */
export function formatWorkerSources(urls: readonly string[]): readonly string[] {
  return urls.map((url) => (ownPath(url) === undefined ? parseOrigin(url, OPTION) : "'self'"));
}

/**
 * Returns the sources for requests of pages to the protected resources. A path of the app's own origin needs no source, since
 * the policy always allows that origin.
 *
 * @param urls as in the worker's configuration: absolute, or a path of the app's origin; a path may be a pattern
 * @throws TypeError when a value is neither
 */
export function formatPageSources(urls: readonly string[]): readonly string[] {
  return formatSources(
    urls.filter((url) => ownPath(url) === undefined).map((url) => withoutPattern(url)),
    OPTION,
  );
}

const OPTION = 'protectedResources';

function ownPath(url: string): string | undefined {
  return url.startsWith('/') ? parsePath(withoutPattern(url), OPTION) : undefined;
}

/** Returns the URL up to the first segment that is not literal, and allows all paths below it: a policy has no patterns. */
function withoutPattern(url: string): string {
  const [, origin = '', path = url] = /^([a-z]+:\/\/[^/]*)?(\/.*)$/i.exec(url) ?? [];
  return origin + literalFolder(path);
}
