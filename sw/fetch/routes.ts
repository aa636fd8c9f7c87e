import { Route } from 'workbox-routing/Route.js';
import { Router } from 'workbox-routing/Router.js';

/**
 * Answers a request.
 *
 * @param clientId the page or worker that sent it; empty if it is not there yet
 */
export type Answer = (clientId: string) => Promise<Response>;

/**
 * Finds synchronously the handler of a request; `undefined` leaves the request to the next route, and finally to the browser.
 */
export type FindAnswer = (url: URL, request: Request) => Answer | undefined;

/** Creates the response to a fetch event; `undefined` leaves the event to other listeners. */
export type RespondToEvent = (event: FetchEvent) => Promise<Response> | undefined;

/**
 * Creates a Router beside the app's own, which adds no message listener.
 *
 * @param find asked about each request
 */
export function routeRequests(find: FindAnswer): RespondToEvent {
  const router = new Router();
  // The method of Workbox keeps routes by method, and knows six methods.
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
  return (event) => router.handleRequest({ request: event.request, event });
}
