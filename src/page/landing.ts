import { currentPath, currentUrl, referrer } from './platform.ts';

/** Kind of a sign-in that the library begins by itself: a silent renewal, or a sign-in by the policy of the one line of HTML. */
export type AutomaticKind = 'renewal' | 'policy';

/** Longest path that the worker goes back to. */
const MAX_PATH_LENGTH = 4096;

/**
 * Returns where the browser goes after an automatic sign-in: to the worker's own endpoint, which leads on to the page that is open now.
 * The next page sees the address of the endpoint as its referrer, and knows of the attempt though all storage was cleared
 * on the way.
 *
 * @param loginPath path of the worker's login endpoint
 * @param kind kind of the attempt
 * @param atMs time of the attempt, in milliseconds since the epoch
 */
export function landingPath(loginPath: string, kind: AutomaticKind, atMs: number): string {
  const returnTo = currentPath();
  // With a fragment of its own, the redirect to it inherits none: in WebKit, what would take it away leads past the worker.
  const path = `${loginPath}?${new URLSearchParams({ landed: `${kind} ${atMs}`, returnTo })}#_`;
  return path.length <= MAX_PATH_LENGTH ? path : returnTo;
}

/** Whether the authorization server showed a page before it sent the browser back, as far as the worker's document could see. */
export function wasPageShown(): boolean {
  return referrer()?.searchParams.has('shown') === true;
}

/**
 * Returns the time of the automatic sign-in that has led to this page, in milliseconds since the epoch; 0 if none has.
 *
 * @param kind kind of the attempt
 */
export function landedAtMs(kind: AutomaticKind): number {
  const from = referrer();
  if (!from || from.origin !== currentUrl().origin) return 0;
  const [of, at] = (from.searchParams.get('landed') ?? '').split(' ');
  const atMs = of === kind ? Number(at) : 0;
  // Anyone may have written a link: a time to come would hold the sign-ins for as long.
  return atMs > 0 && atMs <= Date.now() ? atMs : 0;
}
