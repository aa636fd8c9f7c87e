import type { ProtectedResource } from '../../src/configuration/protected-resource.ts';
import { DEFAULT_TARGET } from '../../src/configuration/token-target.ts';

/**
 * Returns the resource for one UserInfo request of the worker. It covers the endpoint's origin and uses the default access
 * token.
 */
export function userInfoResource({ origin }: URL): ProtectedResource {
  return {
    origin,
    path: '/',
    covers: () => true,
    exclude: [],
    methods: undefined,
    destinations: [],
    ownAuthorization: 'replace',
    redirects: 'error',
    reflection: 'pass',
    cache: undefined,
    renewOn: undefined,
    claimsFromChallenge: undefined,
    stepUpWaitMs: undefined,
    replayLimitBytes: 0,
    withoutSession: 'problem',
    target: DEFAULT_TARGET,
  };
}
