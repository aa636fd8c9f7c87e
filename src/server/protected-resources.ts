import { literalFolder } from '../configuration/path.ts';
import { formatSources } from './content-security-policy.ts';
import { parseOrigin, parsePath } from './location.ts';

/**
 * Where the worker connects to for the protected resources: their origins, and `'self'` for those of the app's own origin.
 *
 * @param urls as in the worker's configuration: absolute, or a path of the app's origin; a path may be a pattern
 * @throws TypeError when a value is neither
 */
export function formatWorkerSources(urls: readonly string[]): readonly string[] {
  return urls.map((url) => (ownPath(url) === undefined ? parseOrigin(url, OPTION) : "'self'"));
}

/**
 * Where pages connect to for the protected resources. A path of the app's own origin needs no source, since pages may
 * always connect there.
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

/** A policy knows no patterns: what stands before the first segment that is not literal, and all below it. */
function withoutPattern(url: string): string {
  const [, origin = '', path = url] = /^([a-z]+:\/\/[^/]*)?(\/.*)$/i.exec(url) ?? [];
  return origin + literalFolder(path);
}
