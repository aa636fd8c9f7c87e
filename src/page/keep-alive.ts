import { isVisible, onVisible } from './platform.ts';
import type { Claims } from '../protocol/session.ts';
import type { SessionStore } from './session-store.ts';

/** Interval of calls, in milliseconds. Browsers stop a service worker after 30 idle seconds. */
const INTERVAL_MS = 20_000;

/**
 * Keeps a worker alive that has the tokens in its memory, while the page is visible. With a sealed vault it sends nothing: such
 * a worker may stop.
 *
 * @param store store of the session
 * @param handshake calls the worker; it never rejects
 */
export function keepAlive<C extends Claims>(store: SessionStore<C>, handshake: () => Promise<void>): void {
  let timer: ReturnType<typeof setInterval> | undefined;
  const update = (): void => {
    const session = store.getSnapshot();
    const isNeeded = isVisible() && session.status === 'signed-in' && session.storage === 'memory';
    if (isNeeded && timer === undefined) {
      // The browser may have stopped the worker while the page was hidden: send a message at once.
      timer = setInterval(() => void handshake(), INTERVAL_MS);
      void handshake();
    } else if (!isNeeded) {
      clearInterval(timer);
      timer = undefined;
    }
  };
  store.subscribe(update);
  onVisible(update);
}
