import { hasMembers } from '../../protocol/json.ts';
import { TOKEN_PLACEHOLDER } from '../../protocol/token-placeholder.ts';
import { currentUrl, recall, remember } from '../../page/platform.ts';

/** What a sign-in that left the page has to be told when the app is back. */
export interface Transaction {
  readonly state: string;
  readonly appState: unknown;
}

/**
 * Notes a sign-in, and gives the URL where the app goes on afterwards. The worker takes the authorization response itself; the
 * app's own code looks for `code` and `state` to call `handleRedirectCallback()`, so both are there, without any worth.
 *
 * @param landing where the app wants to be
 * @param appState what it wants to be told then
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
 * The sign-in that a URL belongs to, once.
 *
 * @param url where the app is; by default the page's URL
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
