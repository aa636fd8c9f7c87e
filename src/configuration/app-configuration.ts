import type { TokenwardOptions } from './configuration.ts';
import type { PageOptions } from './page-options.ts';

/** Worker script, as the server serves it. */
export interface WorkerFileOptions {
  /** Path of the worker script, as the page registers it; `{base}tokenward-sw.js` by default. */
  readonly path?: string;
  /**
   * Further URLs that code in the worker script may fetch, or `"'self'"`, which a Workbox precache needs; none by default.
   *
   * @warning An attacker who gets code into the worker script can send tokens to each of these.
   */
  readonly connections?: readonly string[];
  /**
   * Text that changes the entity tag without a change of the script: every browser then installs the worker with a new secret.
   */
  readonly release?: string;
}

/** Options of an app's configuration besides those of the worker: the server and the tools read them. */
export interface AppOptions {
  /** Origin of the app as browsers see it, such as `https://app.example`. */
  readonly origin: string;
  /** Origins of the authorization server besides those of `issuer` and `authorizationServer`; none by default. */
  readonly authorizationServers?: readonly string[];
  /** Worker script, as the server serves it. */
  readonly worker?: WorkerFileOptions;
  /**
   * Paths of other service workers of the origin, such as `/push/messaging-sw.js`; none by default. Each script must be in its own
   * folder. Another handler serves it.
   *
   * @warning An attacker who gets code into such a script has a worker on the origin, for the pages of its folder.
   */
  readonly otherWorkers?: readonly string[];
  /**
   * Response at the callback path to a navigation that the worker did not take: the document without script (`document`, the
   * default), or the app's own page (`app`), whose Tokenward client passes the authorization response to the worker.
   *
   * @warning With `app`, script in the page can read the code of an authorization flow that an attacker started in a frame or a
   *   pop-up (RFC 10017, section 5.1.3).
   */
  readonly callback?: 'document' | 'app';
  /** Rules for the app's pages: what they need besides the protected resources. */
  readonly pages?: PageOptions;
}

/** Configuration of an app: one file for the worker, the server and the tools. No page can change it. */
export type TokenwardConfig = TokenwardOptions & AppOptions;

/** Circumstances that a configuration may depend on. */
export interface ConfigContext {
  /** Host of the request, in lower case, with its port if it is not the default one. */
  readonly host: string;
}

/**
 * Function that returns the configuration for a host; `undefined` if the app has none there. The server calls it when it serves the
 * worker script, and the result is part of that script: nothing that a page sends can change it.
 */
export type ConfigFunction = (
  context: ConfigContext,
) => TokenwardConfig | undefined | Promise<TokenwardConfig | undefined>;

/** Names of the options that the worker does not read. */
export const SERVER_OPTIONS: readonly string[] = [
  'origin',
  'authorizationServers',
  'worker',
  'otherWorkers',
  'callback',
  'pages',
] satisfies readonly (keyof AppOptions)[];

/**
 * Returns the options that the worker reads: all that the server alone reads is left out.
 *
 * @param options the configuration of the app, or that of the worker alone
 */
export function workerOptions(options: unknown): unknown {
  if (typeof options !== 'object' || options === null) return options;
  return Object.fromEntries(Object.entries(options).filter(([name]) => !SERVER_OPTIONS.includes(name)));
}
