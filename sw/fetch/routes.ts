import { Route } from 'workbox-routing/Route.js';
import { Router } from 'workbox-routing/Router.js';

/**
 * Answers a request.
 *
 * @param clientId the page or worker that sent it; empty if it is not there yet
 */
export type Answer = (clientId: string) => Promise<Response>;

/** Finds at once what answers a request; `undefined` leaves the request to whoever is asked next, and at last to the browser. */
export type FindAnswer = (url: URL, request: Request) => Answer | undefined;

/**
 * Makes a listener for fetch events of a Router of our own, beside the app's. No message listener comes with it.
 *
 * @param find asked about each request
 */
export function routeRequests(find: FindAnswer): (event: FetchEvent) => void {
  const router = new Router();
  // Workbox's own keeps its routes by method, and knows six methods.
  router.findMatchingRoute = ({ url, request }) => {
    const answer = find(url, request);
    if (!answer) return {};
    return {
      route: new Route(
        () => true,
        ({ event }) => answer(event instanceof FetchEvent ? event.clientId : ''),
      ),
    };
  };
  return (event) => {
    const response = router.handleRequest({ request: event.request, event });
    if (response) event.respondWith(response);
  };
}
