import assert from 'node:assert/strict';
import type { Page } from 'playwright';
import type { TokenwardConfig } from 'tokenward/config';
import type { Api } from '../../servers/api.ts';
import { ADA } from '../../servers/users.ts';
import { BARE_PAGE, callApi, connected, fillLoginPage, sessionOf, signOutOfApp } from '../../support/app-page.ts';
import { untilTrue } from '../../support/until.ts';
import { setWorkerClockAhead } from '../../support/worker-clock.ts';
import { leaveAndReturn, signedInSession } from '../scenario.ts';
import type { FakeServer } from './fake-server.ts';
import type { ProviderRow } from './provider-row.ts';

/** Browser of a user at the app of one provider. */
export interface ProviderVisit {
  readonly row: ProviderRow;
  readonly configuration: TokenwardConfig;
  readonly server: FakeServer;
  readonly api: Pick<Api, 'faults'>;
  readonly page: Page;
  /** Time by which the clock of the worker is ahead; a worker that starts anew must be told again. */
  readonly clock: { aheadMs: number };
}

/** Step of the scenario. It throws if the provider does not behave as its row says. */
export interface ProviderStep {
  readonly name: string;
  /** Runs the step, and returns a remark for the table: the reason for a result that is not the usual one. */
  readonly run: (visit: ProviderVisit) => Promise<string | undefined>;
}

/** The scenario, in order. */
export const PROVIDER_STEPS: readonly ProviderStep[] = [
  { name: 'sign-in', run: signIn },
  { name: 'user', run: checkUser },
  { name: 'API call', run: callOnce },
  { name: 'refresh', run: refresh },
  { name: 'refused refresh', run: refuseRefresh },
  { name: 'silent renewal', run: renewSilently },
  { name: 'sign-out', run: signOut },
];

/** Lifetime of the access tokens, in seconds. */
const LIFETIME_SECONDS = 3600;
/** More than the time between two refreshes that a mere 401 causes, in seconds. */
const PAUSE_SECONDS = 60;

/** Opens the page of the app, and waits until it is connected. */
export async function openApp({ configuration, page }: Pick<ProviderVisit, 'configuration' | 'page'>): Promise<void> {
  await page.goto(`${configuration.origin}${BARE_PAGE}`);
  await connected(page);
}

/** Signs in, with whatever pages the server shows. */
export async function login({ row, page }: ProviderVisit, how: 'usual' | 'silent' = 'usual'): Promise<void> {
  const { pageParameters = {} } = row.expected;
  const options = { silent: how === 'silent', ...(how === 'usual' && { parameters: pageParameters }) };
  await leaveAndReturn(page, () => page.evaluate((given) => void window.tokenward.login(given), options), passPages);
}

const RETURNED = 'html[data-connected="yes"]:not([data-left])';
const FORM = '[name=username]';
const CONSENT = 'button[value=allow]';

async function passPages(page: Page): Promise<void> {
  for (;;) {
    await page.locator([RETURNED, FORM, CONSENT].join(', ')).first().waitFor({ state: 'attached' });
    if (await page.locator(RETURNED).count()) return;
    const hasForm = (await page.locator(FORM).count()) > 0;
    // On a slow machine the page stays for a while after its button was clicked: it gets no second click.
    const next = page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame());
    await Promise.all([next, hasForm ? fillLoginPage(page) : page.click(CONSENT)]);
  }
}

async function signIn(visit: ProviderVisit): Promise<undefined> {
  const { row, server, page } = visit;
  await openApp(visit);

  await login(visit);

  const session = await signedInSession(page);
  assert.equal(session.lastError, undefined, JSON.stringify(session.lastError));
  const [request] = server.authorizations();
  assert.equal(request?.get('code_challenge_method'), 'S256', 'there is no PKCE');
  for (const [name, value] of Object.entries(row.expected.parameters ?? {})) assert.equal(request.get(name), value);
}

/** Checks the claims of the session, and that an ID token with other claims signs nobody in. */
async function checkUser(visit: ProviderVisit): Promise<string | undefined> {
  const { row, configuration, server, page } = visit;
  const { claims } = await signedInSession(page);
  const wanted = { sub: ADA.sub, ...row.expected.claims };
  assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((name) => [name, claims[name]])), wanted);
  if (configuration.openid === false) return 'by a request: there are no ID tokens';
  for (const forgery of [{ iss: 'https://other.example' }, ...(row.expected.forgeries ?? [])]) {
    server.forge(forgery);
    await login(visit);
    server.forge(undefined);
    const session = await signedInSession(page);
    const code = session.lastError?.code;
    assert.equal(code, 'id_token_invalid', `an ID token with ${JSON.stringify(forgery)} ended in ${code}`);
    assert.deepEqual(session.claims, claims);
  }
  return undefined;
}

async function callOnce(visit: ProviderVisit): Promise<undefined> {
  assert.equal(await subjectAtApi(visit), ADA.sub);
}

async function refresh(visit: ProviderVisit): Promise<string | undefined> {
  const { row, server, page } = visit;
  const before = server.refreshes();
  const { claims } = await signedInSession(page);
  await endAccessToken(visit);

  const { status } = await callTheApi(visit);

  if (row.expected.refresh) {
    assert.equal(server.refreshes(), before, 'there was a refresh');
    return row.expected.refresh;
  }
  assert.equal(status, 200);
  assert.equal(server.refreshes(), before + 1, 'there was not one refresh');
  assert.equal((await signedInSession(page)).claims.sub, claims.sub);
  return undefined;
}

/** Shows that the session ends when the server refuses the refresh token, whatever the refusal looks like. */
async function refuseRefresh(visit: ProviderVisit): Promise<string | undefined> {
  const { row, server, page } = visit;
  const { refresh: none } = row.expected;
  if (none) return none;
  server.revokeRefreshTokens();
  await endAccessToken(visit);

  await callTheApi(visit);
  await untilTrue(
    async () => (await sessionOf(page)).status === 'signed-out',
    () => 'the session to end',
  );
  const session = await sessionOf(page);
  assert.equal(session.status === 'signed-out' ? session.reason : undefined, 'lost');
  await setClockForward(visit, -visit.clock.aheadMs / 1000);
  return undefined;
}

async function renewSilently(visit: ProviderVisit): Promise<string | undefined> {
  const { row, server, page } = visit;
  const { silentRenewal, pageParameters = {}, claims } = row.expected;
  if (silentRenewal === 'not sent') return renewWithoutOpenId(visit);
  if (silentRenewal === 'page') return renewPastPage(visit);

  await login(visit, 'silent');

  const latest = server.authorizations().at(-1);
  assert.equal(latest?.get('prompt'), 'none');
  for (const [name, value] of Object.entries(pageParameters)) assert.equal(latest.get(name), value);
  if (silentRenewal === 'consent_required') {
    const { lastError } = await sessionOf(page);
    assert.equal(lastError?.serverCode, silentRenewal);
    await login(visit);
    return 'refused: each sign-in needs the consent of the user';
  }
  const session = await signedInSession(page);
  assert.equal(session.lastError, undefined, JSON.stringify(session.lastError));
  assert.equal(session.claims.sub, claims?.['sub'] ?? ADA.sub);
  assert.equal(await subjectAtApi(visit), ADA.sub);
  return undefined;
}

/** Shows that the silent request of a user who is not signed in there gets a page, and that the session of the app stays as it was. */
async function renewPastPage(visit: ProviderVisit): Promise<string> {
  const { server, page } = visit;
  server.endUserSessions();
  await page.evaluate(() => void window.tokenward.login({ silent: true }));
  await page.locator(FORM).waitFor();
  assert.equal(server.authorizations().at(-1)?.get('prompt'), 'none');
  await openApp(visit);
  assert.equal((await sessionOf(page)).status, 'signed-out');
  await login(visit);
  return 'not without a page: prompt=none is not known there';
}

/** Shows that no silent request leaves the page for a server that has no ID tokens. */
async function renewWithoutOpenId(visit: ProviderVisit): Promise<string> {
  const { server, page } = visit;
  const before = server.authorizations().length;
  const message = await page.evaluate(() => window.tokenward.login({ silent: true }).then(String, String));
  assert.match(message, /"prompt" needs OpenID Connect/);
  assert.equal(server.authorizations().length, before);
  await login(visit);
  return 'not sent: prompt=none is of OpenID Connect';
}

async function signOut(visit: ProviderVisit): Promise<string | undefined> {
  const { row, configuration, server, page } = visit;
  const { endSession, revocation } = row.quirks.endpoints;
  if (endSession === undefined) assert.equal(await signOutOfApp(page), 'local');
  else {
    // The promise of a sign-out that leaves the page never ends.
    const left = page.waitForRequest((request) => request.url().startsWith(endSession));
    await page.evaluate(() => void window.tokenward.logout());
    await left;
  }
  await page.waitForURL(({ origin, pathname }) => origin === configuration.origin && pathname === '/');
  if (revocation !== undefined) assert(server.revocations() > 0, 'no token was sent to be revoked');
  await openApp(visit);
  const session = await sessionOf(page);
  assert.equal(session.status === 'signed-out' ? session.reason : undefined, 'signed-out', JSON.stringify(session));
  if (endSession === undefined) return 'only in the app: there is no sign-out endpoint';
  await page.evaluate(() => void window.tokenward.login());
  await page.locator(FORM).waitFor();
  return undefined;
}

/** Sets the clock of the worker forward, or back. */
async function setClockForward({ page, clock }: ProviderVisit, seconds: number): Promise<void> {
  clock.aheadMs += seconds * 1000;
  await setWorkerClockAhead(page, clock.aheadMs);
}

/** Lets the access token end: its lifetime passes, or, if it has none, the API refuses it. */
async function endAccessToken(visit: ProviderVisit): Promise<void> {
  const { tokenResponse = {} } = visit.row.quirks;
  const hasLifetime = !('expires_in' in tokenResponse) || tokenResponse['expires_in'] !== undefined;
  await setClockForward(visit, hasLifetime ? LIFETIME_SECONDS : PAUSE_SECONDS);
  if (hasLifetime) return;
  const headers = { 'www-authenticate': 'Bearer realm="notes"', 'access-control-expose-headers': 'WWW-Authenticate' };
  visit.api.faults.plan(({ method }) => method !== 'OPTIONS', { stage: 'before', answer: { status: 401, headers } }, 1);
}

function callTheApi({ configuration, page }: ProviderVisit): Promise<{ status: number; body: string }> {
  return callApi(page, { api: { url: configuration.protectedResources[0]?.url ?? '' } }, '/notes');
}

async function subjectAtApi(visit: ProviderVisit): Promise<unknown> {
  const { status, body } = await callTheApi(visit);
  assert.equal(status, 200, body);
  return Object(JSON.parse(body)).sub;
}
