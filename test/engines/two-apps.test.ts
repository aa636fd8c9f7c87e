import { afterAll, beforeAll, describe, expect } from 'vitest';
import { ADA, GRACE } from '../servers/users.ts';
import { callApi, connected, sessionOf } from '../support/app-page.ts';
import type { EnginePage, EngineProfile } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';
import { openApp, signInTo, signOutOf, startApps, type TwoApps, userAtApi } from '../support/two-apps.ts';

const POLL = { timeout: 20_000 };

let apart: TwoApps;
let nested: TwoApps;
let oneScript: TwoApps;
beforeAll(async () => {
  [apart, nested, oneScript] = await Promise.all([
    startApps(['/a/', '/b/']),
    startApps(['/', '/b/']),
    startApps(['/', '/b/'], 'one script'),
  ]);
});
afterAll(() => Promise.all([apart.close(), nested.close(), oneScript.close()]));

/** Two apps, the first of which has its page open, with Ada signed in. */
interface Pair {
  readonly apps: TwoApps;
  readonly first: EnginePage;
  readonly second: EnginePage;
}

const PLACES = ['/a/', '/'] as const;
type Home = (typeof PLACES)[number];

/** Signs Ada in to the first app, and Grace to the second, at `/b/`, whose page does not renew a lost session by itself. */
async function openBoth(profile: EngineProfile, home: Home): Promise<Pair> {
  const apps = home === '/' ? nested : apart;
  const [first, second] = [await profile.newPage(), await profile.newPage()];
  await signInTo(first, { apps, home, user: ADA });
  await signInTo(second, { apps, home: '/b/?renewal=manual', user: GRACE });
  return { apps, first, second };
}

/** Expects that nothing of the second app has come to the first, whose session goes on, as its page and its worker have it. */
async function expectUntouched({ apps, first }: Pair): Promise<void> {
  // The other worker's messages were sent before this call was answered.
  await first.evaluate(() => window.tokenward.explain('/'));
  expect(await sessionOf(first)).toMatchObject({ status: 'signed-in', claims: { sub: ADA.sub } });
  expect(await userAtApi(first, apps)).toBe(ADA.sub);
  expect(await first.evaluate(() => window.notices)).toEqual([]);
  expect(await first.evaluate(() => [...new Set(window.shown)])).toEqual([ADA.sub]);
  const scope = await first.evaluate(async () => (await navigator.serviceWorker.ready).scope);
  expect(await first.evaluate(() => window.heard)).not.toContain(`${apps.origin}/b/`);
  expect(scope).not.toBe(`${apps.origin}/b/`);
  await first.reload();
  await connected(first);
  expect(await sessionOf(first)).toMatchObject({ status: 'signed-in', claims: { sub: ADA.sub } });
}

describe.for(PLACES)('of two apps of one origin, at %s and at /b/, the first gets nothing of the second', (home) => {
  test('by its sign-in and its sign-out: not even a message', async ({ profile }) => {
    const pair = await openBoth(profile, home);

    await signOutOf(pair.second);

    expect(await userAtApi(pair.second, pair.apps)).toBe(401);
    await expectUntouched(pair);
  });

  test('by a step-up that its API asks for', async ({ profile }) => {
    const pair = await openBoth(profile, home);

    expect(await callApi(pair.second, pair.apps, '/reports')).toMatchObject({ status: 403 });

    await expect.poll(() => pair.second.evaluate(() => window.notices), POLL).toEqual(['insufficient_scope']);
    await expectUntouched(pair);
  });

  test('by its tripwire', async ({ profile }) => {
    const pair = await openBoth(profile, home);

    await pair.second.evaluate(() => {
      const { port2 } = new MessageChannel();
      navigator.serviceWorker.controller?.postMessage({ type: 'tokenward:handover', seals: true }, [port2]);
    });

    await expect.poll(() => pair.second.evaluate(() => window.notices), POLL).toEqual(['worker_impersonated']);
    await expectUntouched(pair);
  });

  test('by the end of its registration', async ({ profile }) => {
    const pair = await openBoth(profile, home);

    await pair.second.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration('/b/');
      await registration?.unregister();
    });
    await pair.second.goto('about:blank');

    await expectUntouched(pair);
  });
});

test('an app below another one gets nothing of the one above: not even a message', async ({ profile }) => {
  const { apps, first, second } = await openBoth(profile, '/');

  await signOutOf(first);

  await second.evaluate(() => window.tokenward.explain('/'));
  expect(await second.evaluate(() => window.heard)).not.toContain(`${apps.origin}/`);
  expect(await sessionOf(second)).toMatchObject({ status: 'signed-in', claims: { sub: GRACE.sub } });
  expect(await userAtApi(second, apps)).toBe(GRACE.sub);
});

describe('a page of one app', () => {
  test('goes on with its own worker at a URL of another app, where a router has led', async ({ profile }) => {
    const { apps, first, second } = await openBoth(profile, '/a/');
    await first.evaluate(() => history.pushState(null, '', '/b/notes'));
    const other = await profile.newPage();
    await openApp(other, `${apps.origin}/a/`);

    await signOutOf(second);
    expect(await sessionOf(first)).toMatchObject({ status: 'signed-in', claims: { sub: ADA.sub } });
    await signOutOf(other);

    await expect.poll(() => sessionOf(first), POLL).toMatchObject({ status: 'signed-out', reason: 'signed-out' });
  });

  test('is refused outside the scope of its worker, and sees nothing of the session', async ({ profile, page }) => {
    const { apps } = await openBoth(profile, '/a/');

    await page.goto(`${apps.origin}/b/?worker=/a/tokenward-sw.js`);
    await connected(page);

    expect(await page.evaluate(() => [window.connectError?.code, window.shown])).toEqual(['configuration_invalid', []]);
  });

  test('is refused in the scope of a worker below its own', async ({ profile, page }) => {
    const { apps } = await openBoth(profile, '/');

    await page.goto(`${apps.origin}/b/?worker=/tokenward-sw.js`);
    await connected(page);

    expect(await page.evaluate(() => [window.connectError?.code, window.shown])).toEqual(['worker_replaced', []]);
  });
});

describe('one worker script at two scopes, one below the other', () => {
  const below = '/b/?worker=/tokenward-sw.js&scope=/b/';

  test('is two workers: a page waits for the one of its own scope', async ({ profile }) => {
    const [first, second] = [await profile.newPage(), await profile.newPage()];
    await signInTo(first, { apps: oneScript, home: '/', user: ADA });

    await signInTo(second, { apps: oneScript, home: below, user: GRACE });

    expect(await userAtApi(second, oneScript)).toBe(GRACE.sub);
    expect(await userAtApi(first, oneScript)).toBe(ADA.sub);
    expect(await sessionOf(first)).toMatchObject({ claims: { sub: ADA.sub } });
  });

  test('gives a page below no token of the app above', async ({ profile }) => {
    const [first, second] = [await profile.newPage(), await profile.newPage()];
    await signInTo(first, { apps: oneScript, home: '/', user: ADA });

    await openApp(second, oneScript.origin + below);

    expect(await sessionOf(second)).toMatchObject({ status: 'signed-out' });
    expect(await userAtApi(second, oneScript)).toBe(401);
  });
});
