import { Route } from 'workbox-routing/Route.js';
import { Router } from 'workbox-routing/Router.js';

/**
 * Answers a request.
 *
 * @param clientId the page or worker that sent it; empty if it is not there yet
 */
export type Answer = (clientId: string) => Promise<Response>;

/** Finds at once what answers a request; `undefined` leaves the request to the browser. */
export type FindAnswer = (url: URL, request: Request) => Answer | undefined;

/**
 * Listens for fetch events, by a Router of our own beside the app's. It must be called while the worker's script is
 * evaluated; no message listener comes with it.
 *
 * @param finders asked in order about each request; the first that finds an answer gives it
 */
export function listenForRequests(finders: readonly FindAnswer[]): void {
  const router = new Router();
  // Workbox's own keeps its routes by method, and knows six methods.
  router.findMatchingRoute = ({ url, request }) => {
    for (const find of finders) {
      const answer = find(url, request);
      if (answer) {
        return {
          route: new Route(
            () => true,
            ({ event }) => answer(event instanceof FetchEvent ? event.clientId : ''),
          ),
        };
      }
    }
    return {};
  };
  router.addFetchListener();
}
