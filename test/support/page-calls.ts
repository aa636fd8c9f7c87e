import type { Evaluator } from './engines/engine.ts';
import { until } from './until.ts';

/** Call of the client that leaves the page. */
export type LeavingCall = 'login' | 'logout' | 'silent login' | 'step-up';

/**
 * Begins a call in the page. A driver may not reach a page that is being left, so the page writes the outcome into the storage of its
 * origin, and does by a message what a user does there: see {@link stopLeaving}.
 */
export async function beginCall(page: Evaluator, call: LeavingCall): Promise<void> {
  await page.evaluate((name) => {
    localStorage.removeItem('outcome');
    new BroadcastChannel('user').addEventListener('message', ({ data }) => {
      if (data === 'stop') window.stop();
      else if (data === 'hurry') {
        const sinceMs = performance.now();
        const now = performance.now.bind(performance);
        performance.now = () => sinceMs + 10 * (now() - sinceMs);
      } else history.replaceState(null, '', '/bare?routed');
    });
    const { tokenward } = window;
    const calls: Record<typeof name, () => Promise<unknown>> = {
      login: () => tokenward.login(),
      logout: () => tokenward.logout(),
      'silent login': () => tokenward.login({ silent: true }),
      'step-up': () => tokenward.login({ maxAge: 0 }),
    };
    calls[name]().then(
      () => localStorage.setItem('outcome', 'resolved'),
      (error: { code?: string; message: string }) =>
        localStorage.setItem('outcome', error.code ?? `without a code: ${error.message}`),
    );
  }, call);
}

/** Stops the navigation of the other tabs of the origin, as a user does. */
export async function stopLeaving(tab: Evaluator): Promise<void> {
  await tab.evaluate(() => new BroadcastChannel('user').postMessage('stop'));
}

/** Makes the clock of the other tabs of the origin run ten times as fast, so that the page soon counts as one that stays. */
export async function hurryClock(tab: Evaluator): Promise<void> {
  await tab.evaluate(() => new BroadcastChannel('user').postMessage('hurry'));
}

/** Makes the clock of a page stand still, so that no time ends a call of it. */
export async function stopClock(page: Evaluator): Promise<void> {
  await page.evaluate(() => {
    const atMs = performance.now();
    performance.now = () => atMs;
  });
}

/** Changes the address of the other tabs of the origin, as an app's router does. */
export async function changeAddress(tab: Evaluator): Promise<void> {
  await tab.evaluate(() => new BroadcastChannel('user').postMessage('route'));
}

/**
 * Waits for the end of the call in another tab of the origin, and returns the code that it has rejected with. A page that stays waits for
 * 15 s itself.
 */
export async function outcomeIn(tab: Evaluator): Promise<string> {
  const look = async (): Promise<string | undefined> =>
    (await tab.evaluate(() => localStorage.getItem('outcome'))) ?? undefined;
  return until(look, () => 'the end of the call', { intervalMs: 100 });
}
