import { coversPath } from '../fetch/path.ts';
import type { ProtectedResource } from '../fetch/protected-resource.ts';
import type { WithoutSession } from './configuration.ts';
import { choice, type Parse, parseObject, parseText, parseTexts, refuse, secureUrl } from './field.ts';

/** What the resources are checked against. */
export interface ResourceSurroundings {
  /** The app's own origin, for relative URLs. */
  readonly origin: string;
  /** The authorization server, which never gets the access token. */
  readonly issuer: URL;
  /** What a resource does without a session unless it says so itself. */
  readonly withoutSession: WithoutSession;
  /** Whether the client's access tokens are bound to a key. */
  readonly dpop: 'off' | 'required';
}

/**
 * The resources that get the access token: at least one, and no two that claim the same request.
 *
 * @throws {@link TokenwardError} `configuration_invalid`
 */
export function protectedResources({
  origin,
  issuer,
  withoutSession,
  dpop,
}: ResourceSurroundings): Parse<readonly ProtectedResource[]> {
  return (value, field) => {
    if (!Array.isArray(value) || value.length === 0) return refuse(field, 'a list with at least one entry');
    const resources: ProtectedResource[] = [];
    for (const [index, item] of value.entries()) {
      const name = `${field}[${index}]`;
      const resource = parseObject(item, name, (take): ProtectedResource => {
        const { origin: resourceOrigin, pathname } = take('url', secureUrl(origin));
        return {
          origin: resourceOrigin,
          path: pathname,
          methods: take('methods', parseMethods),
          withoutSession: take('withoutSession', choice('pass', 'problem'), withoutSession),
          target: targetOf({
            resource: take('resource', parseResource),
            audience: take('audience', parseAudience),
            scope: take('scopes', parseScopes, []).join(' '),
            dpop: take('dpop', parseDpop(dpop)),
          }),
        };
      });
      const other = resources.findIndex((earlier) => overlap(earlier, resource));
      if (other >= 0) refuse(name, `apart from ${field}[${other}]: both claim the same requests`);
      if (resource.origin === issuer.origin && coversPath(resource.path, issuer.pathname)) {
        refuse(`${name}.url`, 'narrower: it covers the authorization server itself');
      }
      resources.push(resource);
    }
    return Object.freeze(resources);
  };
}

/** Scope tokens (RFC 6749, section 3.3). */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** A list of scopes. */
export const parseScopes: Parse<readonly string[]> = (value, field) => {
  const scopes = parseTexts(value, field);
  return scopes.every((scope) => SCOPE.test(scope))
    ? scopes
    : refuse(field, 'a list of scopes (RFC 6749, section 3.3)');
};

/** The scopes that a protected resource names. */
export function scopesOf({ target }: ProtectedResource): readonly string[] {
  return new URLSearchParams(target).get('scope')?.split(' ') ?? [];
}

function parseResource(value: unknown, field: string): string {
  if (value === undefined) return '';
  const text = parseText(value, field);
  return URL.canParse(text) && !text.includes('#')
    ? text
    : refuse(field, 'an absolute URI without a fragment (RFC 8707, section 2)');
}

/** What is optional is a target of its own: a Bearer token for it is not used where DPoP is required. */
function parseDpop(ofClient: ResourceSurroundings['dpop']): Parse<string> {
  return (value, field) => {
    if (value === undefined) return '';
    if (ofClient === 'off') return refuse(field, 'absent: "dpop" of the configuration is off');
    return choice('required', 'optional')(value, field) === 'optional' ? 'optional' : '';
  };
}

function parseAudience(value: unknown, field: string): string {
  return value === undefined ? '' : parseText(value, field);
}

/** The parameters of a token request, in one order and without those that are empty. */
function targetOf(parameters: Readonly<Record<string, string>>): string {
  return String(new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== '')));
}

function parseMethods(value: unknown, field: string): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const methods = parseTexts(value, field).map((method) => method.toUpperCase());
  return methods.length > 0 ? Object.freeze(methods) : refuse(field, 'a list with at least one entry');
}

function overlap(one: ProtectedResource, other: ProtectedResource): boolean {
  return (
    one.origin === other.origin &&
    (coversPath(one.path, other.path) || coversPath(other.path, one.path)) &&
    (one.methods?.some((method) => other.methods?.includes(method) ?? true) ?? true)
  );
}
