import type { TokenwardOptions } from '../../../src/configuration/configuration.ts';
import { startTokenward } from '../../index.ts';
import type { Tokenward } from '../../tokenward.ts';
import { forWorkbox, secureResponse, type TokenwardForWorkbox, type WorkboxSettings } from '../index.ts';

/**
 * Object that `importScripts()` of this file adds, under the name `tokenward`, to the global scope of a worker that Workbox has
 * generated. All members but `start` and `secureResponse` exist after the call of `start`.
 */
export interface StandaloneTokenwardForWorkbox extends Tokenward, TokenwardForWorkbox {
  /**
   * Starts Tokenward beside the worker's other code, which decides when a new version takes over.
   *
   * @param options the configuration
   * @param settings the policy of pages, if the server does not put it before the script
   * @throws {@link TokenwardError} `configuration_invalid`, whose message names the field
   */
  readonly start: (options: TokenwardOptions, settings?: WorkboxSettings) => void;
  /** Adds the policy of the origin's pages to a response. */
  readonly secureResponse: typeof secureResponse;
}

const tokenward = {
  start: (options: TokenwardOptions, settings?: WorkboxSettings): void => {
    const started = startTokenward(options);
    Object.freeze(Object.assign(tokenward, started, forWorkbox(started, settings)));
  },
  secureResponse,
};

Object.assign(globalThis, { tokenward });
