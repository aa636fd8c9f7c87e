import type { TokenwardOptions } from './config/configuration.ts';
import { startTokenward } from './module.ts';
import type { Tokenward } from './tokenward.ts';
import { forWorkbox, type TokenwardForWorkbox } from './workbox.ts';

/**
 * What `importScripts` of this file puts into the global scope of a worker that Workbox has generated, under the name
 * `tokenward`. All but `start` is there once it was called.
 */
export interface StandaloneTokenwardForWorkbox extends Tokenward, TokenwardForWorkbox {
  /**
   * Starts Tokenward beside what else the worker does, which decides when a new version takes over.
   *
   * @param options the configuration
   * @throws {@link TokenwardError} `configuration_invalid`, whose message names the field
   */
  readonly start: (options: TokenwardOptions) => void;
}

const tokenward = {
  start: (options: TokenwardOptions): void => {
    const started = startTokenward(options);
    Object.freeze(Object.assign(tokenward, started, forWorkbox(started)));
  },
};

Object.assign(globalThis, { tokenward });
