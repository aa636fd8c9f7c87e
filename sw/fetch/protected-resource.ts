import type { WithoutSession } from '../config/configuration.ts';
import { coversPath, mayLeaveItsFolder } from './path.ts';

/** A part of an API that gets the access token: an exact origin, a path and all below it, some or all methods. */
export interface ProtectedResource {
  readonly origin: string;
  readonly path: string;
  /** Methods in upper case; `undefined` means every method. */
  readonly methods: readonly string[] | undefined;
  readonly withoutSession: WithoutSession;
  /**
   * Which of the session's access tokens it gets, as the parameters of the token request that ask for it; resources of the
   * same target get the same, and an empty one gets what the authorization server gives by default.
   */
  readonly target: string;
}

/**
 * Finds the protected resource that a request goes to. Runs for every request of the app, so it does as little as it can.
 *
 * Only requests that script made (destination `''`: fetch, XMLHttpRequest, EventSource) match: were images, scripts or
 * navigations matched too, then markup alone would act with the user's token.
 *
 * @param resources the configured resources, none of which overlap
 * @param request the request as the page sent it
 * @param url its parsed URL
 */
export function findProtectedResource(
  resources: readonly ProtectedResource[],
  request: Pick<Request, 'destination' | 'method' | 'mode'>,
  url: URL,
): ProtectedResource | undefined {
  if (request.destination !== '' || request.mode === 'no-cors') return undefined;
  const found = resources.find(
    ({ origin, path, methods }) =>
      url.origin === origin &&
      coversPath(path, url.pathname) &&
      (methods === undefined || methods.includes(request.method.toUpperCase())),
  );
  return found && !mayLeaveItsFolder(url.pathname) ? found : undefined;
}
