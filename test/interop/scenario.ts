import assert from 'node:assert/strict';
import { BARE_PAGE, callApi, openBarePage, sessionOf } from '../support/app-page.ts';
import { untilTrue } from '../support/until.ts';
import { stopWorker, tokenExpired } from '../support/worker-life.ts';
import { meetRefusedRefresh } from './refused-refresh.ts';
import { answersWithSubject, leaveAndReturn, NotRun, signedInSession, signIn, type Visit } from './visit.ts';

export { leaveAndReturn, NotRun, signedInSession, type Visit } from './visit.ts';

/** One thing that a user's browser does. It throws if that does not end as it should. */
export interface Step {
  readonly name: string;
  /** @returns what else is worth saying, in a word or two */
  readonly run: (visit: Visit) => Promise<string | undefined>;
}

/** The scenario, in order: each step stands on the ones before. */
export const STEPS: readonly Step[] = [
  { name: 'sign-in', run: signInByHand },
  { name: 'API call', run: callOnce },
  { name: 'refresh', run: refreshAfterExpiry },
  { name: 'two tabs', run: useTwoTabs },
  { name: 'worker stop', run: goOnAfterWorkerStop },
  { name: 'silent sign-in', run: signInSilently },
  { name: 'refused refresh', run: meetRefusedRefresh },
  { name: 'sign-out', run: signOut },
  { name: 'revocation', run: lookAtRevocation },
];

async function signInByHand(visit: Visit): Promise<string | undefined> {
  const { server, traffic, page } = visit;
  await openBarePage(page, server);
  assert.equal((await sessionOf(page)).status, 'signed-out');

  await signIn(visit);

  const session = await signedInSession(page);
  assert.equal(session.lastError, undefined, JSON.stringify(session.lastError));
  assert.equal(session.storage, 'sealed');
  if (server.subject !== undefined) assert.equal(session.claims.sub, server.subject);
  const { origin, pathname, search } = new URL(page.url());
  assert.equal(`${origin}${pathname}${search}`, `${server.app.origin}${BARE_PAGE}`, 'the page has another URL');
  const requests = await traffic.authorizations();
  assert(
    requests.some(({ parameters }) => parameters.get('code_challenge_method') === 'S256'),
    'there is no PKCE',
  );
  assert.equal((await traffic.codeExchanges()).length, 1);
  return await server.inspectSignIn?.(traffic);
}

async function callOnce({ server, page }: Visit): Promise<undefined> {
  await answersWithSubject(page, server);
}

async function refreshAfterExpiry({ server, traffic, page }: Visit): Promise<undefined> {
  const before = await signedInSession(page);
  await tokenExpired(page);
  const refreshes = (await traffic.refreshes()).length;

  await answersWithSubject(page, server);

  assert.equal((await traffic.refreshes()).length, refreshes + 1, 'there was not one refresh');
  await untilTrue(
    async () => (await signedInSession(page)).expiresAtMs > before.expiresAtMs,
    () => 'the page to hear of the new expiry',
  );
}

async function useTwoTabs({ server, traffic, page }: Visit): Promise<undefined> {
  const other = await page.context().newPage();
  await openBarePage(other, server);
  assert.equal((await signedInSession(other)).claims.sub, (await signedInSession(page)).claims.sub);
  await tokenExpired(page);
  const refreshes = (await traffic.refreshes()).length;

  await Promise.all([page, other, page, other].map((tab) => answersWithSubject(tab, server)));

  assert.equal((await traffic.refreshes()).length, refreshes + 1, 'the tabs did not share one refresh');
}

async function goOnAfterWorkerStop({ server, traffic, page }: Visit): Promise<undefined> {
  const authorizations = (await traffic.authorizations()).length;

  await stopWorker(page);

  await answersWithSubject(page, server);
  assert.equal((await traffic.authorizations()).length, authorizations, 'the user was sent to sign in again');
}

async function signInSilently({ server, traffic, page }: Visit): Promise<undefined> {
  const codes = (await traffic.codeExchanges()).length;

  await leaveAndReturn(
    page,
    () => page.evaluate(() => void window.tokenward.login({ silent: true })),
    async () => {
      if (server.deadEnd === undefined) return;
      await page.waitForURL(({ origin }) => origin !== server.app.origin);
      await openBarePage(page, server);
    },
  );

  const session = await signedInSession(page);
  const requests = await traffic.authorizations();
  assert(
    requests.some(({ parameters }) => parameters.get('prompt') === 'none'),
    'prompt=none was not sent',
  );
  if (server.deadEnd !== undefined) {
    await answersWithSubject(page, server);
    throw new NotRun(server.deadEnd);
  }
  assert.equal(session.lastError, undefined, JSON.stringify(session.lastError));
  assert.equal((await traffic.codeExchanges()).length, codes + 1);
  await answersWithSubject(page, server);
}

async function signOut({ server, page }: Visit): Promise<undefined> {
  const other = page
    .context()
    .pages()
    .find((tab) => tab !== page);
  assert(other, 'there is no other tab');

  await page.evaluate(() => void window.tokenward.logout());
  await server.passSignOutPages(page);
  await page.waitForURL((url) => url.origin === server.app.origin && url.pathname === '/');

  await untilTrue(
    async () => (await sessionOf(other)).status === 'signed-out',
    () => 'the other tab to be told',
  );
  assert.equal((await callApi(other, server)).status, 401);
}

/** What the sign-out sent. */
async function lookAtRevocation({ server, traffic }: Visit): Promise<string | undefined> {
  const statusOf = async (kind: string): Promise<number | undefined> =>
    (await traffic.revocations()).find(
      ({ parameters, status }) => parameters.get('token_type_hint') === kind && status > 0,
    )?.status;
  // One that was broken off is sent again.
  await untilTrue(
    async () => (await statusOf('refresh_token')) !== undefined && (await statusOf('access_token')) !== undefined,
    () => 'the answers to the revocations',
  );
  const [refreshToken, accessToken] = [await statusOf('refresh_token'), await statusOf('access_token')];
  assert(refreshToken !== undefined && accessToken !== undefined, 'not every token was sent to be revoked');
  if (server.noRevocation !== undefined) {
    assert(refreshToken >= 400 && accessToken >= 400, 'it revokes after all');
    throw new NotRun(server.noRevocation);
  }
  assert.equal(refreshToken, 200, 'the refresh token was not revoked');
  // A server may be unable to revoke access tokens that are JWTs (RFC 7009, section 2.2.1).
  assert([200, 400].includes(accessToken), `the access token's revocation was answered with ${accessToken}`);
  return accessToken === 200 ? undefined : 'the refresh token; the server cannot revoke access tokens that are JWTs';
}
