import { afterAll, beforeAll, describe, expect } from 'vitest';
import { signIn } from '../support/app-page.ts';
import { test as base } from '../support/browser-test.ts';
import { SCENARIOS } from '../support/fidelity/scenarios.ts';
import { type FidelityStage, startFidelityStage } from '../support/fidelity/stage.ts';

/** Requests that come to no worker in Chromium, so that there is no token on them. */
const PAST_THE_WORKER: readonly string[] = ['about:blank frame'];

let stage: FidelityStage;
beforeAll(async () => {
  stage = await startFidelityStage();
});
afterAll(() => stage.close());

const test = base.extend('players', { scope: 'file' }, async ({ browser }, { onCleanup }) => {
  const contexts = await Promise.all([browser.newContext(), browser.newContext()]);
  onCleanup(async () => void (await Promise.all(contexts.map((context) => context.close()))));
  const [signedIn, passing] = await Promise.all(contexts.map((context) => context.newPage()));
  if (!signedIn || !passing) throw new Error('There are no pages.');
  await signIn(signedIn, stage.stack);
  // Cookies know no ports: those of the authorization server would go to the mirror too.
  await signedIn.context().clearCookies();
  await stage.open({ signedIn, passing });
  return { signedIn, passing };
});

describe('page and server see the same as with an empty worker, but for the token:', () => {
  test.for(Object.keys(SCENARIOS))('%s', async (name, { players }) => {
    const { authorized, passed } = await stage.play(players, name);

    expect(authorized.showing).toEqual(passed.showing);
    expect(passed.schemes).toEqual(passed.schemes.map(() => 'none'));
    const scheme = PAST_THE_WORKER.includes(name) ? 'none' : 'Bearer';
    expect(authorized.schemes).toEqual(authorized.schemes.map(() => scheme));
  });
});
