import { afterAll, beforeAll, describe, expect } from 'vitest';
import { signIn } from '../support/app-page.ts';
import type { EngineName, EnginePage } from '../support/engines/engine.ts';
import { test as base } from '../support/engines/engine-test.ts';
import { SCENARIOS } from '../support/fidelity/scenarios.ts';
import { type FidelityStage, type Players, startFidelityStage } from '../support/fidelity/stage.ts';

const MEDIA = 'shows requests for media to no worker: they go without the token';

/** What comes to no worker: it goes without the token, as if there were none. */
const PAST_THE_WORKER: Readonly<Record<EngineName, Readonly<Record<string, string>>>> = {
  chromium: { 'about:blank frame': 'shows requests of an about:blank frame to no worker: they go without the token' },
  firefox: {
    'fetch, keepalive': 'shows requests with keepalive to no worker: they go without the token, and the API says so',
    'audio, with a range': MEDIA,
    'video, with a range': MEDIA,
    'audio, refused': MEDIA,
  },
  webkit: {},
};

let stage: FidelityStage;
beforeAll(async () => {
  stage = await startFidelityStage();
});
afterAll(() => stage.close());

const test = base.extend(
  'players',
  { scope: 'file' },
  async ({ session }, { onCleanup }): Promise<Players<EnginePage>> => {
    const profiles = [await session.newProfile(), await session.newProfile()] as const;
    onCleanup(() => Promise.all(profiles.map((profile) => profile.close())).then(() => undefined));
    const [signedIn, passing] = [await profiles[0].newPage(), await profiles[1].newPage()];
    await signIn(signedIn, stage.stack);
    // Cookies know no ports: those of the authorization server would go to the mirror too.
    await signedIn.clearCookies();
    await stage.open({ signedIn, passing });
    return { signedIn, passing };
  },
);

describe('page and server see the same as with an empty worker, but for the token:', () => {
  test.for(Object.keys(SCENARIOS))('%s', async (name, { players, session, lacks }) => {
    const { authorized, passed } = await stage.play(players, name);

    expect(authorized.showing).toEqual(passed.showing);
    expect(passed.schemes).toEqual(passed.schemes.map(() => 'none'));
    const reason = PAST_THE_WORKER[session.name][name];
    const expectAll = (scheme: string): void =>
      expect(authorized.schemes).toEqual(authorized.schemes.map(() => scheme));
    if (reason !== undefined) {
      await lacks({ engine: session.name, reason, isShownBy: async () => expectAll('none') });
      return;
    }
    expectAll('Bearer');
  });
});
