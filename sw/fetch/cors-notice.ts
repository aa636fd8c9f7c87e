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
  /** Whether the policy of the worker script has blocked an origin, which is warned of by itself. */
  readonly isBlocked: (origin: string) => Promise<boolean>;
}

/**
 * Watches requests with an access token for the most common mistakes with an API of another origin: no CORS headers, or none
 * that allow `Authorization` (Fetch, section 3.3), and a policy of the worker script that does not name the API. A browser
 * reports each only as a network error. The function warns the developer once for each origin while the worker runs.
 *
 * @returns a function that sends a request; it fails as `fetch()` would
 */
export function noticeUnreadable(parts: CorsNoticeParts): typeof fetch {
  const { send, origin, isOnline, warn, isBlocked } = parts;
  const failed = new Set<string>();
  return async (input, init) => {
    try {
      return await send(input, init);
    } catch (error) {
      const api = input instanceof Request && input.headers.has('authorization') ? new URL(input.url).origin : origin;
      if (error instanceof TypeError && api !== origin && isOnline() && !failed.has(api)) {
        failed.add(api);
        void isBlocked(api).then((blocked) => blocked || warn(describeFailure(api, origin)));
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
