import assert from 'node:assert/strict';
import type { Page } from 'playwright';
import { callApi, connected, openBarePage, sessionOf } from '../support/app-page.ts';
import { untilTrue } from '../support/until.ts';
import { tokenExpired } from '../support/worker-life.ts';
import { noPages } from './server-under-test.ts';
import { answersWithSubject, leaveAndReturn, NotRun, type Visit } from './visit.ts';

/** The session is lost, and comes back: by itself where the server answers a silent sign-in, by hand where it shows a page of its own. */
export async function meetRefusedRefresh(visit: Visit): Promise<string | undefined> {
  const { server, traffic, page } = visit;
  const { revokeTokens, deadEnd } = server;
  if (revokeTokens === undefined) throw new NotRun('the run cannot revoke its tokens');
  const tabs = page.context().pages();
  const codes = (await traffic.codeExchanges()).length;
  await revokeTokens();
  await tokenExpired(page);

  // The page may leave before it has an answer.
  await callApi(page, server).catch(() => undefined);

  if (deadEnd !== undefined) await comeBackByHand(visit);
  let seen: readonly string[] = [];
  await untilTrue(
    async () => {
      seen = await Promise.all(tabs.map(statusOf));
      return (await traffic.codeExchanges()).length > codes && seen.every((status) => status === 'signed-in');
    },
    () => `the session to come back; the tabs have ${seen.join(' and ')}`,
  );
  assert((await traffic.refusedRefreshes()).length > 0, 'no refresh was refused');
  await answersWithSubject(page, server);
  return deadEnd && 'by hand, as it does not answer prompt=none';
}

/** The server has shown its own page to every tab. The user goes back, is not taken there again, and signs in. */
async function comeBackByHand({ server, traffic, page }: Visit): Promise<void> {
  const tabs = page.context().pages();
  const isAtServer = (tab: Page): boolean => new URL(tab.url()).origin !== server.app.origin;
  await untilTrue(
    () => tabs.some(isAtServer),
    () => 'the server to show its page',
  );
  for (const tab of tabs) await openBarePage(tab, server);
  const before = (await traffic.authorizations()).length;
  await page.reload();
  await connected(page);
  assert.equal((await sessionOf(page)).status, 'signed-out');
  await leaveAndReturn(page, () => page.evaluate(() => void window.tokenward.login()), noPages);
  assert.equal((await traffic.authorizations()).length, before + 1, 'the page was taken to the server again');
}

/** Returns the status of a page's session, with its last error. */
async function statusOf(tab: Page): Promise<string> {
  const isConnected = tab.evaluate(() => document.documentElement.dataset['connected'] === 'yes');
  if (!(await isConnected.catch(() => false))) return `no session at ${new URL(tab.url()).pathname}`;
  const { status, lastError } = await sessionOf(tab);
  return [status, lastError?.code, lastError?.message].filter(Boolean).join(': ');
}
