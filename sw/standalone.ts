import type { TokenwardOptions } from './config/configuration.ts';
import { parseConfiguration } from './config/parse-configuration.ts';
import { start } from './index.ts';
import { routePastWorker } from './fetch/static-routes.ts';
import { addStaticRoute, onInstall, origin, activateAtOnce } from './platform.ts';

/** What `importScripts` of this file puts into the worker's global scope, under the name `tokenward`. */
export interface StandaloneTokenward {
  /**
   * Starts Tokenward in a worker that does nothing else. A new version takes over as soon as it has the session.
   *
   * @param options the configuration
   * @throws {@link TokenwardError} `configuration_invalid`, whose message names the field
   */
  readonly start: (options: TokenwardOptions) => void;
}

const tokenward: StandaloneTokenward = Object.freeze({
  start: (options: TokenwardOptions) => {
    start(options);
    // Its old version may be kept awake by its pages: a new one must not wait for them to close.
    onInstall(activateAtOnce);
    addStaticRoute(() => routePastWorker(parseConfiguration(options, origin), origin));
  },
});

Object.assign(globalThis, { tokenward });
