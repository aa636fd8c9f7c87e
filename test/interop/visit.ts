import assert from 'node:assert/strict';
import type { Page } from 'playwright';
import type { Session } from 'tokenward';
import { callApi, sessionOf } from '../support/app-page.ts';
import type { ServerUnderTest } from './server-under-test.ts';
import type { Traffic } from './traffic.ts';

/** A user's browser at one server's app. */
export interface Visit {
  readonly server: ServerUnderTest;
  readonly traffic: Traffic;
  readonly page: Page;
}

/** A step could not be tried with this server. */
export class NotRun extends Error {}

/**
 * Lets the browser leave the page, and waits until it is back at a page of the app that has connected.
 *
 * @param leave what makes it leave
 * @param passPages what has to be done on the pages in between
 */
export async function leaveAndReturn(
  page: Page,
  leave: () => Promise<void>,
  passPages: (page: Page) => Promise<void>,
): Promise<void> {
  await page.evaluate(() => {
    document.documentElement.dataset['left'] = 'yes';
  });
  await leave();
  await passPages(page);
  await page.locator('html[data-connected="yes"]:not([data-left])').waitFor({ state: 'attached' });
}

/** Signs in from the app's page. */
export async function signIn({ server, page }: Visit): Promise<void> {
  await leaveAndReturn(
    page,
    () => page.evaluate(() => void window.tokenward.login()),
    (left) => server.passLoginPages(left),
  );
}

/** The session of a page that has to be signed in. */
export async function signedInSession(page: Page): Promise<Extract<Session, { status: 'signed-in' }>> {
  const session = await sessionOf(page);
  assert.equal(session.status, 'signed-in', `the session is ${JSON.stringify(session)}`);
  return session;
}

/** Asserts that the API answers, and knows who asks. */
export async function answersWithSubject(page: Page, server: ServerUnderTest): Promise<void> {
  const { status, body } = await callApi(page, server);
  assert.equal(status, 200, body);
  const { sub }: { sub?: unknown } = JSON.parse(body);
  assert.equal(sub, (await signedInSession(page)).claims.sub);
}
