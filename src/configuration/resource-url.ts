import { coversPath, isPattern } from './path.ts';
import { type Parse, parseText, refuse, secureUrl } from './field.ts';

/** The requests that a resource's URL covers. */
export interface Coverage {
  readonly origin: string;
  /** A path, or a pattern. */
  readonly path: string;
  readonly covers: (path: string) => boolean;
}

/**
 * Creates the parser of a resource's URL. The URL covers its path and all paths below it, or its path is a pattern. The origin
 * is always exact, so that no pattern can cover another host.
 *
 * @param base the app's own origin, for relative URLs
 * @see https://urlpattern.spec.whatwg.org/
 */
export function resourceUrl(base: string): Parse<Coverage> {
  return (value, field) => {
    const text = parseText(value, field);
    if (!isPattern(text)) {
      const { origin, pathname } = secureUrl(base)(text, field);
      return { origin, path: pathname, covers: (path) => coversPath(pathname, path) };
    }
    const [, start = '', pathname = '('] = /^([a-z]+:\/\/[^/*{}]+)?(\/(?:[^#()?]|\?(?=$|[/}]))*)$/i.exec(text) ?? [];
    const { origin } = secureUrl(base)(start || '/', field);
    if (typeof URLPattern === 'undefined')
      refuse(field, 'a URL without "*", ":name" and "{}": this browser has no URLPattern');
    const pattern =
      parsePattern(pathname) ?? refuse(field, 'an origin with a path pattern without regular expressions');
    return { origin, path: pattern.pathname, covers: (path) => pattern.test({ pathname: path }) };
  };
}

function parsePattern(pathname: string): URLPattern | undefined {
  try {
    return new URLPattern({ pathname });
  } catch {
    return undefined;
  }
}

/**
 * Whether there may be a path that both cover. Patterns are compared up to where the first one may be of any length.
 *
 * @param one the path or pattern of a resource
 * @param other that of another one
 */
export function mayMeet(one: string, other: string): boolean {
  const [left, right] = [segmentsOf(one), segmentsOf(other)];
  for (let index = 0; ; index++) {
    const [segment, opposite] = [left[index], right[index]];
    if (segment === REST || opposite === REST) return true;
    if (segment === undefined || opposite === undefined) return segment === opposite;
    if (segment !== opposite && !segment.startsWith(':') && !opposite.startsWith(':')) return false;
  }
}

/** Any segments, or none. */
const REST = '*';

/** Literal segments, `:name` for any one, and in the end the rest, unless the length is known. */
function segmentsOf(path: string): readonly string[] {
  const segments = path.replace(/\/$/, '').split('/').slice(1);
  const open = segments.findIndex((segment) => /[*{}:?+\\]/.test(segment) && !/^:\w+$/.test(segment));
  if (open >= 0) return [...segments.slice(0, open), REST];
  return isPattern(path) ? segments : [...segments, REST];
}
