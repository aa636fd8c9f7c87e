import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, openBarePage, sessionOf, signIn } from '../support/app-page.ts';
import type { EngineSession } from '../support/engines/engine.ts';
import { test } from '../support/engines/engine-test.ts';
import { ENGINES } from '../support/engines/launch-engine.ts';
import { launchKeptProfile } from '../support/engines/playwright-engine.ts';
import { tokenExpired } from '../support/worker-life.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

/** A browser that is started by its driver has a profile for that time only. */
async function expectNothingKept(session: EngineSession): Promise<void> {
  const seen: (string | null)[] = [];
  for (const _ of [1, 2]) {
    const profile = await session.newProfile();
    const page = await profile.newPage();
    await openBarePage(page, stack);
    seen.push(await page.evaluate(() => localStorage.getItem('kept')));
    await page.evaluate(() => localStorage.setItem('kept', 'yes'));
    await profile.close();
  }
  expect(seen).toEqual([null, null]);
}

test('a browser that is started again finds the session in its profile, and refreshes it once', async ({
  session,
  lacks,
}) => {
  const reason = 'its driver starts a browser whose profile ends with it';
  if (await lacks({ engine: 'webkit', reason, isShownBy: () => expectNothingKept(session) })) return;
  const folder = await mkdtemp(join(tmpdir(), 'tokenward-restart-'));
  let profile = await launchKeptProfile(session.name, ENGINES[session.name], folder);
  try {
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 1 });
    const first = await profile.newPage();
    await signIn(first, stack);
    stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
    await tokenExpired(first);
    stack.authorizationServer.requests.clear();

    await profile.close();
    profile = await launchKeptProfile(session.name, ENGINES[session.name], folder);
    const page = await profile.newPage();
    await openBarePage(page, stack);

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'sealed' });
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
    expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(1);
    expect(stack.authorizationServer.requests.count('authorization')).toBe(0);
  } finally {
    await profile.close();
    await rm(folder, { recursive: true, force: true });
  }
});
