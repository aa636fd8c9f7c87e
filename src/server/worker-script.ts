import { createReleaseTag, matchesEntityTag } from './entity-tag.ts';
import { isReadOnly, refuse, refuseMethod } from './refusal.ts';
import type { Relay } from './relay/relay.ts';
import { createSecret, prependSecret } from './script-secret.ts';
import type { SecurityPolicy } from './security-policy.ts';

/** The worker script of an app. */
export interface WorkerScriptOptions {
  /** The path that the page registers, such as `/tokenward-sw.js`. No other script is served as a worker. */
  readonly path: string;
  /**
   * The script's text, or a function that gives it, called for each request. Where the text cannot be had the function
   * throws, and so does the handler.
   */
  readonly script: string | (() => string | Promise<string>);
  /** The path that the worker is registered for, `base` by default. */
  readonly registrationScope?: string;
  /**
   * Text that changes the entity tag without a change of the script: every browser then installs the worker with a new secret.
   */
  readonly release?: string;
}

/** Parts of a response with the worker script, besides the script. */
export interface WorkerScriptParts {
  readonly headers: Readonly<Record<string, string>>;
  /** The policy of the origin's pages. */
  readonly policy: SecurityPolicy | undefined;
  /** The app's relay, at which each worker has an identity. */
  readonly relay?: Relay | undefined;
}

/**
 * Serves the worker script with a fresh secret in it, to the browser's service worker machinery alone.
 *
 * @param request a request for the script's path
 * @param options the script
 * @param parts what {@link createWorkerScriptHeaders} made, and the policy that the script carries along
 */
export async function serveWorkerScript(
  request: Request,
  options: WorkerScriptOptions,
  { headers, policy, relay }: WorkerScriptParts,
): Promise<Response> {
  if (!isReadOnly(request)) return refuseMethod();
  if (!isWorkerScriptRequest(request.headers)) return refuse(NOT_A_WORKER);
  // An empty query makes another URL too.
  if (request.url.includes('?')) return refuse(HAS_QUERY);

  const script = typeof options.script === 'string' ? options.script : await options.script();
  const entityTag = await createReleaseTag([
    options.release ?? '',
    script,
    JSON.stringify([headers, policy]),
    ...(relay ? [await relay.name()] : []),
  ]);
  const common = { ...headers, etag: entityTag };
  if (matchesEntityTag(request.headers.get('if-none-match'), entityTag)) {
    return new Response(null, { status: 304, headers: common });
  }
  if (request.method === 'HEAD') {
    return new Response(null, { headers: { ...common, 'content-type': 'text/javascript' } });
  }
  const body = prependSecret(script, createSecret(), { policy, identity: await relay?.createIdentity() });
  return new Response(body, { headers: { ...common, 'content-type': 'text/javascript' } });
}

/**
 * Whether the browser asks for the main script of a service worker. Page script can set neither header. The modules that
 * a module worker imports come with the same destination in Chromium, but in mode `cors`.
 *
 * @see https://html.spec.whatwg.org/multipage/webappapis.html#fetch-a-single-module-script
 */
export function isWorkerScriptRequest(headers: Headers): boolean {
  return headers.get('sec-fetch-dest') === 'serviceworker' && headers.get('sec-fetch-mode') !== 'cors';
}

const NOT_A_WORKER =
  'Refused: this script is given only to a browser that installs it as a service worker (Sec-Fetch-Dest: serviceworker ' +
  'over https or localhost). It holds a secret of its own each time, which no page may read.';

const HAS_QUERY =
  'Refused: register this worker by its path alone. With a query it would be another worker with the same rights.';
