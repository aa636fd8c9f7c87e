import assert from 'node:assert/strict';
import { callApi, connected, openBarePage, sessionOf } from '../support/app-page.ts';
import { untilTrue } from '../support/until.ts';
import { stopWorker, tokenExpired } from '../support/worker-life.ts';
import type { MisbehaviourCase } from './misbehaviours.ts';
import type { MockServer } from './mock-server.ts';
import { signedInSession, type Visit } from './scenario.ts';

/** A visit to the server that misbehaves. */
export interface MockVisit extends Visit {
  readonly server: MockServer;
}

/** The lifetime of the access tokens that are to expire, in seconds. */
const SHORT_SECONDS = 1;
const LONG_SECONDS = 600;

/**
 * Signs in while the server misbehaves, with a session there already.
 *
 * @returns the code that the page was told
 */
export async function meetAtSignIn({ server, page }: MockVisit, misbehaviour: MisbehaviourCase): Promise<string> {
  server.setAccessTokenTtl(LONG_SECONDS);
  await signInWell({ server, page });
  const before = await signedInSession(page);
  const how = misbehaviour.how(server.issuer);
  // Metadata are kept in the worker's memory.
  if (how.endpoint === 'discovery') await stopWorker(page);
  server.misbehave(how);

  let code: string | undefined;
  if (how.endpoint === 'discovery') {
    code = await page.evaluate(() =>
      window.tokenward.login().then(
        () => undefined,
        (error) => error.code,
      ),
    );
  } else {
    await page.goto(`${server.app.origin}/auth/login?returnTo=/bare`);
    await connected(page);
    code = (await sessionOf(page)).lastError?.code;
  }
  server.misbehave(undefined);

  assert.equal(code, misbehaviour.atSignIn);
  const after = await signedInSession(page);
  assert.deepEqual(after.claims, before.claims, 'the session before has other claims');
  assert.equal((await callApi(page, server)).status, 200, 'the session before does not go on');
  return misbehaviour.atSignIn;
}

/**
 * Calls the API with an access token that has expired while the server misbehaves, then when it is well again.
 *
 * @returns the code that the request got
 */
export async function meetAtRefresh(
  { server, traffic, page }: MockVisit,
  misbehaviour: MisbehaviourCase,
): Promise<string> {
  server.setAccessTokenTtl(SHORT_SECONDS);
  await signInWell({ server, page });
  const before = await signedInSession(page);
  const how = misbehaviour.how(server.issuer);
  await tokenExpired(page);
  if (how.endpoint === 'discovery') await stopWorker(page);
  server.setAccessTokenTtl(LONG_SECONDS);
  const refreshes = (await traffic.refreshes()).length;
  server.misbehave(how);

  const { status, body } = await callApi(page, server);

  server.misbehave(undefined);
  if (misbehaviour.atRefresh === 'left aside') {
    assert.equal(status, 200, body);
    assert.equal((await traffic.refreshes()).length, refreshes + 1);
  } else {
    assert.equal(status, 503, body);
    const { code }: { code?: unknown } = JSON.parse(body);
    assert.equal(code, misbehaviour.atRefresh);
  }
  assert.deepEqual((await signedInSession(page)).claims, before.claims, 'the session has other claims');
  await untilTrue(
    async () => (await callApi(page, server)).status === 200,
    () => 'the session to go on when the server is well again',
  );
  return misbehaviour.atRefresh;
}

async function signInWell({ server, page }: Pick<MockVisit, 'server' | 'page'>): Promise<void> {
  server.misbehave(undefined);
  await openBarePage(page, server);
  await page.goto(`${server.app.origin}/auth/login?returnTo=/bare`);
  await connected(page);
  assert.equal((await signedInSession(page)).lastError, undefined);
}
