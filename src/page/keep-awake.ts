import { isVisible, onVisible } from './platform.ts';
import type { Claims } from '../protocol/session.ts';
import type { SessionStore } from './session-store.ts';

/** Browsers stop a service worker that was idle for 30 seconds. */
const INTERVAL_MS = 20_000;

/**
 * Keeps a worker awake that has the tokens in its memory, while the user looks at the page. With a sealed vault nothing
 * is sent: such a worker may stop.
 *
 * @param store the session as it changes
 * @param greet asks the worker anything; it never rejects
 */
export function keepAwake<C extends Claims>(store: SessionStore<C>, greet: () => Promise<void>): void {
  let timer: ReturnType<typeof setInterval> | undefined;
  const look = (): void => {
    const session = store.getSnapshot();
    const isNeeded = isVisible() && session.status === 'signed-in' && session.storage === 'memory';
    if (isNeeded && timer === undefined) {
      // The worker may have been stopped while nobody looked: ask at once.
      timer = setInterval(() => void greet(), INTERVAL_MS);
      void greet();
    } else if (!isNeeded) {
      clearInterval(timer);
      timer = undefined;
    }
  };
  store.subscribe(look);
  onVisible(look);
}
