import { checkOptions } from './check-options.ts';
import {
  answerCallback,
  createEndpointDocument,
  describeSessionEndpoint,
  discardResponse,
} from './fallback-documents.ts';
import { parseOrigin, parsePath } from './location.ts';
import { formatWorkerSources } from './protected-resources.ts';
import { isReadOnly, refuse, refuseMethod } from './refusal.ts';
import type { Relay } from './relay/relay.ts';
import type { SecurityPolicy } from './security-policy.ts';
import { isWorkerScriptRequest, serveWorkerScript, type WorkerScriptOptions } from './worker-script.ts';
import { createWorkerScriptHeaders } from './worker-script-headers.ts';

/** Deployment of an origin: its worker script, and the addresses that the worker answers when it runs. */
export interface TokenwardHandlerOptions {
  /** Worker script, and the path at which it is served. */
  readonly worker: WorkerScriptOptions;
  /**
   * Every origin of the authorization server that the worker talks to: the issuer, and the origins of its token, key
   * and revocation endpoints where they differ.
   */
  readonly authorizationServers: readonly string[];
  /**
   * The URLs of the protected resources, all of them, as in the worker's configuration: the worker may connect to their
   * origins and no others. One that starts with a slash is of the app's own origin.
   */
  readonly protectedResources: readonly string[];
  /**
   * Further URLs that code in the worker script may fetch, or `"'self'"`, which a Workbox precache needs; none by default.
   * Requests that the worker leaves to the browser need no entry here.
   *
   * @warning An attacker who gets code into the worker script can send tokens to each of these.
   */
  readonly workerConnections?: readonly string[];
  /**
   * Path of the app, such as `/app/`, as in the worker's configuration; `/` by default. The paths below and the worker's scope
   * follow from it.
   */
  readonly base?: string;
  /**
   * Path at which the worker takes authorization responses: that of the redirect URI, or with an isolated callback
   * `{endpointPath}/callback`, which is the default.
   */
  readonly callbackPath?: string;
  /**
   * Response at the callback path to a navigation that the worker did not take: the document without script (`document`, the
   * default), or the app's own page (`app`), whose Tokenward client passes the authorization response to the worker.
   *
   * @warning With `app`, script in the page can read the code of an authorization flow that an attacker started in a frame or a
   *   pop-up (RFC 10017, section 5.1.3).
   */
  readonly callback?: 'document' | 'app';
  /**
   * Paths of other service workers of the origin, such as `/push/messaging-sw.js` or that of another app; none by default. Each
   * script must be in its own folder, which limits its scope; the folder must not contain the callback, the endpoints or
   * Tokenward's own worker. Another handler serves the script, without `Service-Worker-Allowed`.
   *
   * @warning An attacker who gets code into such a script has a worker on the origin, for the pages of its folder.
   */
  readonly otherWorkers?: readonly string[];
  /** Parent path of the worker's `login`, `logout` and `session`; `{base}auth` by default. */
  readonly endpointPath?: string;
  /** Target of the documents' "start page" link; the worker's registration scope by default. */
  readonly homePath?: string;
}

/**
 * Responds to Tokenward's requests, and resolves to `undefined` for all others.
 *
 * @param policy the policy of the origin's pages. The worker script carries it too, so that documents from the worker's cache
 *   get it
 */
export type TokenwardHandler = (request: Request, policy?: SecurityPolicy) => Promise<Response | undefined>;

/**
 * Creates the handler that serves the worker script, the callback document and the responses at the worker's endpoints while no
 * worker runs. It uses Web standards only, so that it runs on Node, Deno, Bun and at the edge.
 *
 * @param options the origin's deployment
 * @returns a function that resolves to a response, or to `undefined` if the request is not for Tokenward
 * @throws TypeError if an option is not valid
 * @see RFC 10017, section 5.1
 * @example
 * const handler = createTokenwardHandler({
 *   worker: { path: '/tokenward-sw.js', script: await readFile('public/tokenward-sw.js', 'utf8') },
 *   authorizationServers: ['https://login.example'],
 *   protectedResources: ['https://api.example/v1'],
 * });
 * createServer(toNodeListener(handler)).listen(3000);
 */
export function createTokenwardHandler(options: TokenwardHandlerOptions): TokenwardHandler {
  return createHandler(options, undefined);
}

/**
 * Creates the handler, with the relay of an app that has one.
 *
 * @param options the origin's deployment
 * @param relay the relay that answers below its path
 */
export function createHandler(options: TokenwardHandlerOptions, relay: Relay | undefined): TokenwardHandler {
  checkOptions(options);
  const workerPath = parsePath(options.worker.path, 'worker.path');
  const base = parsePath(options.base ?? '/', 'base');
  if (!base.endsWith('/')) throw new TypeError(`base must end with "/", such as "/app/"; it is "${base}".`);
  const registrationScope = parsePath(options.worker.registrationScope ?? base, 'worker.registrationScope');
  const endpointPath = parsePath(options.endpointPath ?? `${base}auth`, 'endpointPath').replace(/\/$/, '');
  const callbackPath = parsePath(options.callbackPath ?? `${endpointPath}/callback`, 'callbackPath');
  const homePath = parsePath(options.homePath ?? registrationScope, 'homePath');

  const own = [workerPath, registrationScope, callbackPath, `${endpointPath}/login`];
  const otherWorkers = new Set((options.otherWorkers ?? []).map((path) => parseOtherWorker(path, own)));

  const worker = { ...options.worker, path: workerPath };
  const workerHeaders = createWorkerScriptHeaders({
    path: workerPath,
    registrationScope,
    authorizationServers: options.authorizationServers.map((url) => parseOrigin(url, 'authorizationServers')),
    protectedResources: formatWorkerSources(options.protectedResources),
    connections: options.workerConnections ?? [],
  });
  const links = { home: homePath, login: `${endpointPath}/login` };
  const documents = new Map<string, (url: URL) => Promise<Response>>([
    [links.login, () => createEndpointDocument(links)],
    [`${endpointPath}/logout`, () => createEndpointDocument(links)],
    [`${endpointPath}/session`, () => Promise.resolve(describeSessionEndpoint())],
  ]);
  if (options.callback === 'app') documents.delete(callbackPath);
  else documents.set(callbackPath, (url) => answerCallback(url, links));
  if (documents.has(workerPath))
    throw new TypeError(`worker.path is ${workerPath}, an address that the worker answers.`);

  return async (request, policy) => {
    const url = new URL(request.url);
    const { pathname } = url;
    if (pathname === workerPath) return serveWorkerScript(request, worker, { headers: workerHeaders, policy, relay });
    if (isWorkerScriptRequest(request.headers)) return otherWorkers.has(pathname) ? undefined : refuse(OTHER_WORKER);

    if (relay !== undefined && pathname.startsWith(`${relay.path}/`)) return relay.answer(request);
    // A form at the callback is an authorization response that no worker took, also where the app has its own page there.
    if (pathname === callbackPath && request.method === 'POST') return discardResponse(callbackPath);
    const createDocument = documents.get(pathname);
    if (createDocument === undefined) return undefined;
    if (!isReadOnly(request)) return refuseMethod();
    const response = await createDocument(url);
    return request.method === 'HEAD' ? new Response(null, response) : response;
  };
}

/**
 * Checks the path of another service worker: the widest scope that a browser gives it is its folder.
 *
 * @param own the paths that it must not be able to control
 * @see https://w3c.github.io/ServiceWorker/#path-restriction
 */
function parseOtherWorker(value: string, own: readonly string[]): string {
  const path = parsePath(value, 'otherWorkers');
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const covered = own.find((one) => one.startsWith(folder));
  if (covered === undefined) return path;
  throw new TypeError(`otherWorkers: "${value}" could control ${covered}. Move the script into a folder of its own.`);
}

const OTHER_WORKER =
  'Refused: this origin serves one service worker, and this is not its script. Another worker, at any scope, ' +
  'could take the response of an authorization server.';
