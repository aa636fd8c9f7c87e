import { onPolicyViolation, warn } from './platform.ts';

/** Options of `pages` and of `createSecurityPolicy()` by the directive that each one fills. */
const OPTIONS: ReadonlyMap<string, string> = new Map([
  ['connect-src', 'connections'],
  ['frame-src', 'frames'],
  ['object-src', 'objects'],
  ['form-action', 'forms'],
  ['base-uri', 'baseUri'],
  ['worker-src', 'workers'],
]);

/**
 * Warns the developer about what a Content Security Policy has blocked in this page, and names the option for it. Several calls warn once.
 *
 * @see https://www.w3.org/TR/CSP3/#violation-events
 */
export function warnOfBlockedRequests(): void {
  onPolicyViolation(nameOption);
}

/** Ignores a policy that does not hold the directive: it blocked by `default-src`, which Tokenward never sets. */
function nameOption(violation: SecurityPolicyViolationEvent): void {
  const { effectiveDirective, disposition, originalPolicy, blockedURI } = violation;
  const option = OPTIONS.get(effectiveDirective);
  if (!option || disposition !== 'enforce' || !originalPolicy.includes(`${effectiveDirective} `)) return;
  // A path or query may hold a secret. A URL without an authority, such as `blob:`, is named by its scheme.
  const [blocked = 'a request'] = /^[\w+.-]+(:\/\/[^/?#]+)?/.exec(blockedURI) ?? [];
  warn(
    `A Content Security Policy of this page (${effectiveDirective}) blocked ${blocked}. ` +
      `If the policy is Tokenward's, allow it with "pages.${option}" in tokenward.config.js, or with "${option}" of createSecurityPolicy()` +
      (option === 'connections' ? '; name an API in "protectedResources".' : '.'),
  );
}
