import type { Claims } from '../protocol/session.ts';
import { hasNetwork, isVisible, onNetworkChange, onVisible } from './platform.ts';
import type { SessionStore } from './session-store.ts';

const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 60_000;

/**
 * Asks the worker when the browser loses the network, or finds one. While the session stays `offline` although there is a network, a
 * visible page asks again, after longer and longer times. The event may come before names resolve, before the worker knows of the network
 * itself, or not at all, when the authorization server alone was away.
 *
 * @param store store of the session
 * @param refresh asks the worker, which then tries to refresh; it never rejects
 */
export function watchNetwork<C extends Claims>(store: SessionStore<C>, refresh: () => Promise<void>): void {
  let delayMs = FIRST_DELAY_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = (): void => void refresh().then(update);
  const update = (): void => {
    const session = store.getSnapshot();
    const isOffline = session.status === 'signed-in' && session.network === 'offline';
    if (!isOffline) {
      clearTimeout(timer);
      timer = undefined;
      delayMs = FIRST_DELAY_MS;
    } else if (timer === undefined && isVisible() && hasNetwork()) {
      timer = setTimeout(() => {
        timer = undefined;
        ask();
      }, delayMs);
      delayMs = Math.min(MAX_DELAY_MS, 2 * delayMs);
    }
  };
  store.subscribe(update);
  onVisible(update);
  onNetworkChange(() => {
    delayMs = FIRST_DELAY_MS;
    ask();
  });
}
