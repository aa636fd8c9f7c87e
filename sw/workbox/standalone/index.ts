import type { TokenwardOptions } from '../../../src/configuration/configuration.ts';
import { startTokenward } from '../../index.ts';
import type { Tokenward } from '../../tokenward.ts';
import { forWorkbox, secureResponse, type TokenwardForWorkbox, type WorkboxSettings } from '../index.ts';

/**
 * What `importScripts` of this file puts into the global scope of a worker that Workbox has generated, under the name
 * `tokenward`. All but `start` and `secureResponse` is there once it was called.
 */
export interface StandaloneTokenwardForWorkbox extends Tokenward, TokenwardForWorkbox {
  /**
   * Starts Tokenward beside what else the worker does, which decides when a new version takes over.
   *
   * @param options the configuration
   * @param settings the policy of pages, where the server does not put it before the script
   * @throws {@link TokenwardError} `configuration_invalid`, whose message names the field
   */
  readonly start: (options: TokenwardOptions, settings?: WorkboxSettings) => void;
  /** Gives a response the policy of the origin's pages. */
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
