import type { TokenwardOptions } from '../../src/configuration/configuration.ts';
import { start } from '../start.ts';
import { activateAtOnce } from '../activate-at-once.ts';
import { ACTIVATE } from '../lifecycle/activation-delay.ts';
import { onInstall, onMessage } from '../platform.ts';

/** Object that `importScripts()` of this file adds, under the name `tokenward`, to the worker's global scope. */
export interface StandaloneTokenward {
  /**
   * Starts Tokenward. It handles requests to protected resources before the worker's other listeners, and a new version takes
   * over as soon as it has the session.
   *
   * @param options the configuration
   * @throws {@link TokenwardError} `configuration_invalid`, whose message names the field
   */
  readonly start: (options: TokenwardOptions) => void;
}

const tokenward: StandaloneTokenward = Object.freeze({
  start: (options: TokenwardOptions) => {
    start(options, { precedence: 'first', pastWorker: 'all' });
    // Its old version may be kept awake by its pages: a new one must not wait for them to close.
    onInstall(activateAtOnce);
    onMessage(({ data }) => data === ACTIVATE && void activateAtOnce());
  },
});

Object.assign(globalThis, { tokenward });
