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
}

/**
 * Watches requests with an access token for the most common mistake in an API of another origin: no CORS headers, or none that
 * allow `Authorization` (Fetch, section 3.3). A browser calls it a network error and says no more. The developer is told once for
 * each origin while the worker runs.
 *
 * @returns sends a request; it fails as it would without this
 */
export function noticeUnreadable({ send, origin, isOnline, warn }: CorsNoticeParts): typeof fetch {
  const told = new Set<string>();
  return async (input, init) => {
    try {
      return await send(input, init);
    } catch (error) {
      const api = input instanceof Request && input.headers.has('authorization') ? new URL(input.url).origin : origin;
      if (error instanceof TypeError && api !== origin && isOnline() && !told.has(api)) {
        told.add(api);
        warn(
          `The API at ${api} did not answer, or its CORS headers do not allow the header "authorization" from ${origin}. ` +
            'Check "Access-Control-Allow-Origin" and "Access-Control-Allow-Headers" in its answers, also in those to OPTIONS.',
        );
      }
      throw error;
    }
  };
}
