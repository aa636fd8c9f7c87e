/** Dependencies of {@link noticeUnreadable}. */
export interface CorsNoticeParts {
  /** The network. */
  readonly send: typeof fetch;
  /** The app's own origin, whose answers need no CORS headers. */
  readonly origin: string;
  /** Whether the browser has a network. */
  readonly isOnline: () => boolean;
  /** Writes a warning for the developer. */
  readonly warn: (message: string) => void;
  /** Does something later. */
  readonly schedule: (act: () => void, delayMs: number) => void;
  /** Listens for what the policy of the worker script blocks. */
  readonly onPolicyViolation: (listener: (violation: PolicyViolation) => void) => void;
}

/** Part of a violation event that says what was blocked (Content Security Policy, section 5.1). */
export type PolicyViolation = Pick<
  SecurityPolicyViolationEvent,
  'blockedURI' | 'disposition' | 'effectiveDirective' | 'originalPolicy'
>;

/** Time limit for a violation event, which may come after the request has failed. */
const VIOLATION_TIMEOUT_MS = 1000;

/**
 * Watches requests with an access token for the most common mistakes with an API of another origin: no CORS headers, or none
 * that allow `Authorization` (Fetch, section 3.3), and a policy of the worker script that does not name the API. A browser
 * reports each only as a network error. The function warns the developer once for each origin while the worker runs.
 *
 * @returns a function that sends a request; it fails as `fetch()` would
 */
export function noticeUnreadable(parts: CorsNoticeParts): typeof fetch {
  const { send, origin, isOnline, warn, schedule, onPolicyViolation } = parts;
  const failed = new Set<string>();
  const blockedOrigins = new Set<string>();
  onPolicyViolation(({ blockedURI, disposition, effectiveDirective, originalPolicy }) => {
    const [blocked] = /^\w+:\/\/[^/?#]+/.exec(blockedURI) ?? [];
    const isNamed = effectiveDirective === 'connect-src' && originalPolicy.includes('connect-src ');
    if (!isNamed || disposition !== 'enforce' || !blocked || blockedOrigins.has(blocked)) return;
    blockedOrigins.add(blocked);
    warn(
      `The policy of the worker script (connect-src) blocked ${blocked}. Name it in the option "protectedResources" of ` +
        'tokenward/server if it is an API, and in "workerConnections" if it is not.',
    );
  });
  return async (input, init) => {
    try {
      return await send(input, init);
    } catch (error) {
      const api = input instanceof Request && input.headers.has('authorization') ? new URL(input.url).origin : origin;
      if (error instanceof TypeError && api !== origin && isOnline() && !failed.has(api)) {
        failed.add(api);
        const warnUnlessBlocked = (): void => {
          if (!blockedOrigins.has(api)) warn(describeFailure(api, origin));
        };
        schedule(warnUnlessBlocked, VIOLATION_TIMEOUT_MS);
      }
      throw error;
    }
  };
}

function describeFailure(api: string, origin: string): string {
  return (
    `The API at ${api} did not answer, or its CORS headers do not allow the header "authorization" from ${origin}. ` +
    'Check "Access-Control-Allow-Origin" and "Access-Control-Allow-Headers" in its responses, also to OPTIONS.'
  );
}
