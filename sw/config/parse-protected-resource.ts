import type { ProtectedResource } from '../fetch/protected-resource.ts';
import { coversPath } from '../fetch/path.ts';
import type { WithoutSession } from './configuration.ts';
import { parseChoice, parseFields, parseSecureUrl, parseTexts, refuse } from './field.ts';

const WITHOUT_SESSION: readonly WithoutSession[] = ['pass', 'problem'];

/**
 * Parses the resources that get the access token.
 *
 * @param value what the configuration holds
 * @param origin the app's own origin, for relative URLs
 * @param withoutSession what a resource does without a session unless it says so itself
 * @throws {@link TokenwardError} `configuration_invalid`, also when two resources claim the same request
 */
export function parseProtectedResources(
  value: unknown,
  origin: string,
  withoutSession: WithoutSession,
): readonly ProtectedResource[] {
  if (!Array.isArray(value) || value.length === 0) return refuse('protectedResources', 'a list with at least one entry');
  const resources = value.map((item: unknown, index) =>
    parseProtectedResource(`protectedResources[${index}]`, item, origin, withoutSession),
  );
  for (const [index, resource] of resources.entries()) {
    const other = resources.slice(0, index).findIndex((earlier) => overlap(earlier, resource));
    if (other >= 0) {
      refuse(`protectedResources[${index}]`, `apart from protectedResources[${other}]: both claim the same requests`);
    }
  }
  return Object.freeze(resources);
}

/** The default of what a request gets without a session. */
export function parseWithoutSession(field: string, value: unknown): WithoutSession {
  return parseChoice(field, value, WITHOUT_SESSION);
}

function parseProtectedResource(
  field: string,
  value: unknown,
  origin: string,
  withoutSession: WithoutSession,
): ProtectedResource {
  const fields = parseFields(field, value, ['url', 'methods', 'withoutSession']);
  const url = parseSecureUrl(`${field}.url`, fields.get('url'), origin);
  if (url.search !== '') refuse(`${field}.url`, 'a URL without a query');
  const methods = fields.has('methods') ? parseTexts(`${field}.methods`, fields.get('methods')) : undefined;
  return Object.freeze({
    origin: url.origin,
    path: url.pathname,
    methods: methods && new Set(methods.map((method) => method.toUpperCase())),
    withoutSession: fields.has('withoutSession')
      ? parseWithoutSession(`${field}.withoutSession`, fields.get('withoutSession'))
      : withoutSession,
  });
}

function overlap(one: ProtectedResource, other: ProtectedResource): boolean {
  if (one.origin !== other.origin) return false;
  if (!coversPath(one.path, other.path) && !coversPath(other.path, one.path)) return false;
  const { methods } = other;
  return !one.methods || !methods || [...one.methods].some((method) => methods.has(method));
}
