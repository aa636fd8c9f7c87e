import { Route } from 'workbox-routing/Route.js';
import { Router } from 'workbox-routing/Router.js';

/** A request and its parsed URL. */
export interface RoutedRequest {
  readonly url: URL;
  readonly request: Request;
}

/** Answers a request; the event stays alive until then. */
export type Answer = (event: ExtendableEvent) => Promise<Response>;

/** Finds at once what answers a request; `undefined` leaves the request to the browser. */
export type FindAnswer = (routed: RoutedRequest) => Answer | undefined;

/**
 * A Router of our own beside the app's. Workbox's own keeps its routes by method and knows six methods; ours asks each
 * route about each request, whatever its method.
 */
class AnyMethodRouter extends Router {
  readonly #routes: readonly Route[];

  constructor(routes: readonly Route[]) {
    super();
    this.#routes = routes;
  }

  override findMatchingRoute(
    options: Parameters<Router['findMatchingRoute']>[0],
  ): ReturnType<Router['findMatchingRoute']> {
    const route = this.#routes.find(({ match }) => match(options));
    return route ? { route } : {};
  }
}

/**
 * Listens for fetch events. It must be called while the worker's script is evaluated; no message listener comes with it.
 *
 * @param finders asked in order; the first that finds an answer gives it
 */
export function listenForRequests(finders: readonly FindAnswer[]): void {
  const routes = finders.map(
    (find) =>
      new Route(
        ({ url, request }) => find({ url, request }) !== undefined,
        ({ url, request, event }) => find({ url, request })?.(event) ?? Promise.resolve(Response.error()),
      ),
  );
  new AnyMethodRouter(routes).addFetchListener();
}
