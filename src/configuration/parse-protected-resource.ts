import { DESTINATIONS, type Destination, RENEW_ON } from '../protocol/explanation.ts';
import { parseClaimNames } from './claims-request.ts';
import { isPattern, literalFolder, mayBeCoveredBy } from './path.ts';
import type { ProtectedResource } from './protected-resource.ts';
import type { WithoutSession } from './configuration.ts';
import { choice, integer, type Parse, parseObject, parseTexts, refuse, secureUrl } from './field.ts';
import { parseTarget } from './parse-target.ts';
import { type Coverage, mayMeet, resourceUrl } from './resource-url.ts';

/** Values that the resources are checked against. */
export interface ResourceSurroundings {
  /** The app's own origin, for relative URLs. */
  readonly origin: string;
  /** URLs of the authorization server, which never get the access token. */
  readonly guarded: readonly URL[];
  /** Default for resources that do not set `withoutSession` themselves. */
  readonly withoutSession: WithoutSession;
  /** Whether the client's access tokens are bound to a key. */
  readonly dpop: 'off' | 'required';
}

/**
 * Parses the protected resources: at least one, and no two that cover the same request.
 *
 * @throws {@link TokenwardError} `configuration_invalid`
 */
export function protectedResources({
  origin,
  guarded,
  withoutSession,
  dpop,
}: ResourceSurroundings): Parse<readonly ProtectedResource[]> {
  return (value, field) => {
    if (!Array.isArray(value) || value.length === 0) return refuse(field, 'a list with at least one entry');
    const resources: ProtectedResource[] = [];
    for (const [index, item] of value.entries()) {
      const name = `${field}[${index}]`;
      const resource = parseObject(item, name, (take): ProtectedResource => {
        const coverage = take('url', resourceUrl(origin));
        return {
          ...coverage,
          exclude: take('exclude', pathsIn(coverage), []),
          methods: take('methods', parseMethods),
          destinations: take('destinations', destinationsAt(coverage, origin), []),
          ownAuthorization: take('ownAuthorization', choice('keep', 'replace', 'reject'), 'keep'),
          redirects: take('redirects', choice('follow', 'covered', 'error'), 'follow'),
          reflection: take('reflection', choice('pass', 'stop'), 'pass'),
          // Absent by default: records that were sealed before there was this option have a fingerprint without it.
          cache: take('cache', choice('keep', 'no-store'), 'keep') === 'no-store' ? 'no-store' : undefined,
          renewOn: take('renewOn', parseRenewOn),
          claimsFromChallenge: take('claimsFromChallenge', parseClaimNames),
          stepUpWaitMs: take('stepUpWaitSeconds', parseStepUpWait),
          replayLimitBytes: take('replayLimitBytes', integer(0, 2 ** 30), 2 ** 20),
          withoutSession: take('withoutSession', choice('pass', 'problem'), withoutSession),
          target: parseTarget(take, dpop),
        };
      });
      const other = resources.findIndex((earlier) => overlap(earlier, resource));
      if (other >= 0) refuse(name, `apart from "${field}[${other}]": both cover the same requests`);
      if (guarded.some((url) => resource.origin === url.origin && resource.covers(url.pathname))) {
        refuse(`${name}.url`, 'narrower: it covers the authorization server itself');
      }
      resources.push(resource);
    }
    return Object.freeze(resources);
  };
}

function parseMethods(value: unknown, field: string): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const methods = parseTexts(value, field).map((method) => method.toUpperCase());
  return methods.length > 0 ? Object.freeze(methods) : refuse(field, 'a list with at least one entry');
}

/** Parses the rule for renewals; the default is `undefined`, so that it is not in the fingerprint. */
const parseRenewOn: Parse<ProtectedResource['renewOn']> = (value = 'invalid_token', field) =>
  choice(...RENEW_ON)(value, field) === 'unauthorized' ? 'unauthorized' : undefined;

/** Parses the time for which a response is kept; browsers stop a worker that does not answer for five minutes. */
const parseStepUpWait: Parse<number | undefined> = (value = 0, field) =>
  integer(0, 300)(value, field) * 1000 || undefined;

/** Paths that a resource covers. */
function pathsIn({ origin, path, covers }: Coverage): Parse<readonly string[]> {
  return (value, field) =>
    Object.freeze(
      parseTexts(value, field).map((text) => {
        const url = secureUrl(`${origin}${literalFolder(path).replace(/\/?$/, '/')}`)(text, field);
        return url.origin === origin && covers(url.pathname) && !isPattern(text)
          ? url.pathname
          : refuse(field, 'a list of paths below "url", not patterns');
      }),
    );
}

/** Returns the parser of a resource's destinations. Only navigations within the worker's own origin reach the worker. */
function destinationsAt(coverage: Coverage, origin: string): Parse<readonly Destination[]> {
  return (value, field) =>
    Object.freeze(
      parseTexts(value, field).map((name) => {
        const destination = choice(...DESTINATIONS)(name, field);
        return coverage.origin === origin || !/^(document|iframe)$/.test(destination)
          ? destination
          : refuse(field, `without "${destination}": navigations to another origin never come to the worker`);
      }),
    );
}

function overlap(one: ProtectedResource, other: ProtectedResource): boolean {
  return (
    one.origin === other.origin &&
    mayMeet(one.path, other.path) &&
    !leavesOut(one, other) &&
    !leavesOut(other, one) &&
    (one.methods?.some((method) => other.methods?.includes(method) ?? true) ?? true)
  );
}

/** Whether a resource excludes all that another one covers. */
function leavesOut({ exclude }: ProtectedResource, { path }: ProtectedResource): boolean {
  return exclude.some((excluded) => mayBeCoveredBy(excluded, path));
}
