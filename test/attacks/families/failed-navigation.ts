import type { Attack } from '../attack.ts';
import type { Scene } from '../scene.ts';
import { PLAIN_PAGE } from '../site.ts';
import type { Tab } from '../tab.ts';
import { until } from '../until.ts';
import { authorizeUrl, endWorker } from './run-own-flow.ts';

/** WebKit has no Navigation API that lists entries. */
export const NO_ENTRIES: NonNullable<Attack['notIn']> = {
  webkit: 'does not let script list the entries of the history',
};

/**
 * Runs a flow in the tab of the page, and looks on the app's next page for what the browser has kept of it.
 *
 * @param url the URL that the tab goes to; the navigation may fail
 * @returns the entries of the history, and the referrer
 */
export async function seenInOwnTab({ tab, site }: Scene, url: string): Promise<readonly string[]> {
  await goUntilShown(tab, url);
  await openPlainPage(tab, site.origin);
  return tab.evaluate(() => {
    const navigation: unknown = Reflect.get(window, 'navigation');
    const entries: unknown = Reflect.get(Object(navigation), 'entries');
    const list: unknown = typeof entries === 'function' ? entries.call(navigation) : undefined;
    const urls = Array.isArray(list) ? list.map((entry) => String(Reflect.get(Object(entry), 'url'))) : [];
    const from: unknown = Reflect.get(Object(Reflect.get(Object(navigation), 'activation')), 'from');
    return [...urls, String(Reflect.get(Object(from), 'url')), document.referrer];
  });
}

/**
 * Goes to a URL, and waits until the tab shows its document, or the page that says why there is none: until then the history has
 * no entry of the navigation.
 */
async function goUntilShown(tab: Tab, url: string): Promise<void> {
  await tab.evaluate(() => document.documentElement.setAttribute('data-old', 'yes'));
  await tab.goto(url).catch(() => {});
  await until('the tab shows where the navigation ended', () =>
    tab.evaluate(() => !document.documentElement.hasAttribute('data-old')),
  );
}

/** Opens the plain page; the error page of a failed navigation may come late, and cut this one off. */
function openPlainPage(tab: Tab, origin: string): Promise<void> {
  const open = (): Promise<boolean> =>
    tab.goto(origin + PLAIN_PAGE).then(
      () => true,
      () => false,
    );
  return until('the plain page stands', open);
}

/** Numbers of redirects before the flow: with those of the server and of the callback, around the limit of each engine. */
const HOPS: readonly number[] = [17, 18, 19];

/** Attacks by navigations to the callback that never become a document. */
export const FAILED_NAVIGATION_ATTACKS: readonly Attack[] = [
  {
    id: 'C75',
    title:
      'unregisters the worker, runs a flow after so many redirects that the callback is one too many, and looks for the code in the history',
    scenario: '5.1.3',
    naive: 'own-origin',
    tokenward: 'isolated',
    ruins: 'profiles',
    notIn: NO_ENTRIES,
    act: async (scene) => {
      await endWorker(scene);
      const seen: string[] = [];
      for (const hops of HOPS) {
        const query = new URLSearchParams({ hops: String(hops), redirect: authorizeUrl(scene) });
        seen.push(...(await seenInOwnTab(scene, `${scene.servers.foreign.origin}/?${query}`)));
      }
      return { seen };
    },
  },
];
