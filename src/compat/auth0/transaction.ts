import { hasMembers } from '../../protocol/json.ts';
import { TOKEN_PLACEHOLDER } from '../../protocol/token-placeholder.ts';
import { currentUrl, recall, remember } from '../../page/platform.ts';

/** State of a sign-in that the app receives when the browser returns. */
export interface Transaction {
  readonly state: string;
  readonly appState: unknown;
}

/**
 * Stores a sign-in and returns the URL at which the app continues afterwards. The worker itself takes the authorization
 * response. The app's own code looks for `code` and `state` before it calls `handleRedirectCallback()`, so the URL has both,
 * with worthless values.
 *
 * @param landing the URL that the app wants to open
 * @param appState the state that the app wants to receive then
 * @returns a path of this origin, with query and fragment
 */
export function beginTransaction(landing: URL, appState: unknown): string {
  const state = crypto.randomUUID();
  remember('sessionStorage', noteOf(state), JSON.stringify({ appState }));
  const url = new URL(landing);
  url.searchParams.set('code', TOKEN_PLACEHOLDER);
  url.searchParams.set('state', state);
  return url.pathname + url.search + url.hash;
}

/**
 * Returns the sign-in that a URL belongs to, and deletes it.
 *
 * @param url by default the page's URL
 */
export function takeTransaction(url: string = currentUrl().href): Transaction | undefined {
  const state = new URL(url, currentUrl()).searchParams.get('state') ?? '';
  const note = recall('sessionStorage', noteOf(state));
  if (note === null) return undefined;
  remember('sessionStorage', noteOf(state), null);
  const kept: unknown = JSON.parse(note);
  return { state, appState: hasMembers(kept) ? kept['appState'] : undefined };
}

function noteOf(state: string): string {
  return `auth0 ${state}`;
}
