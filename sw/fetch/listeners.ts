import type { Precedence } from '../../src/configuration/configuration.ts';
import type { Explanation } from '../../src/protocol/explanation.ts';
import { describeOtherListener, OtherListeners } from './other-listeners.ts';
import type { ProtectedResource } from '../../src/configuration/protected-resource.ts';
import type { RequestTraits } from './protected-resource.ts';
import { type Answer, type FindAnswer, type RespondToEvent, routeRequests } from './routes.ts';

/** Dependencies of {@link createFetchListeners}. */
export interface ListenerParts {
  /** The worker's origin, which the endpoints are on. */
  readonly origin: string;
  readonly precedence: Precedence | undefined;
  /** Finds what answers a request to an endpoint. */
  readonly endpointOf: (url: URL, request: RequestTraits) => Answer | undefined;
  /** Finds the protected resource whose rule acts on a request now. */
  readonly resourceOf: (url: URL, request: RequestTraits) => ProtectedResource | undefined;
  /** Whether a protected resource covers a URL, whatever else its rule asks for. */
  readonly coversUrl: (url: URL) => boolean;
  /** Sends a request as it is. */
  readonly passOn: (request: Request) => Promise<Response>;
  /** Sends a request with an access token. */
  readonly sendWithAccess: (request: Request, resource: ProtectedResource, clientId: string) => Promise<Response>;
  /** Receives every request that comes to the worker. */
  readonly see: (url: URL, request: Request) => void;
  /** Warns the developer. */
  readonly warn: (message: string) => void;
}

/** Listeners for the fetch events of the worker. */
export interface FetchListeners {
  /** Answers a request before the app's own listeners are asked. */
  readonly answerFirst: RespondToEvent;
  /** Answers a request that the app's own listeners have left. */
  readonly answerLast: RespondToEvent;
  /** Notes that another listener answers a request. */
  readonly noteOther: (event: FetchEvent, response: unknown) => void;
  /** Notes that the worker's own code deals with a request by Tokenward. */
  readonly noteOwn: (request: Request) => void;
  /** Corrects an explanation of the rules by what other listeners do. */
  readonly correct: (explanation: Explanation, url: URL, request: RequestTraits) => Explanation;
}

/** Creates the listeners for fetch events. */
export function createFetchListeners(parts: ListenerParts): FetchListeners {
  const { origin, precedence, endpointOf, resourceOf, coversUrl, passOn, sendWithAccess, see } = parts;
  const others = new OtherListeners({
    tell: (request) => see(new URL(request.url), request),
    warn: (request) => parts.warn(describeOtherListener(request)),
  });
  const findResource: FindAnswer = (url, request) => {
    see(url, request);
    const resource = resourceOf(url, request);
    // Chromium drops a request that the worker leaves to it if the page goes away meanwhile, with `keepalive` too.
    if (!resource) return isKeptAlive(request) && coversUrl(url) ? () => passOn(request) : undefined;
    others.reach(request, resource);
    return (clientId) => sendWithAccess(request, resource, clientId);
  };
  /** Identifies the endpoint or resource that would answer. */
  const ownerOf = (url: URL, request: RequestTraits): object | undefined =>
    endpointOf(url, request) ? endpointOf : resourceOf(url, request);
  const answerEndpoint = routeRequests(endpointOf);
  const answerResource = routeRequests(findResource);
  return {
    answerFirst: (event) =>
      (event.request.url.startsWith(origin) ? answerEndpoint(event) : undefined) ??
      (precedence === 'first' ? answerResource(event) : undefined),
    answerLast: (event) => (precedence === 'first' ? undefined : answerResource(event)),
    noteOther: ({ request }, response) => {
      const owner = ownerOf(new URL(request.url), request);
      if (owner) others.note(request, owner, response);
    },
    noteOwn: (request) => others.exempt(request),
    correct: (explanation, url, request) => {
      const owner = ownerOf(url, request);
      if (!owner || !others.answers({ method: request.method, url: url.href }, owner)) return explanation;
      const { rule } = explanation;
      return { action: 'pass', reason: 'other_listener', ...(rule !== undefined && { rule }) };
    },
  };
}

/** Whether a request outlives its page (Fetch, "keepalive"). The browser alone can make a navigation. */
function isKeptAlive({ keepalive, mode }: Request): boolean {
  return keepalive && mode !== 'navigate';
}
