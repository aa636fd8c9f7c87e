import { expect, test } from 'vitest';
import { DEFAULT_TARGET } from '../../src/configuration/token-target.ts';
import { explore, type Happening, type Scenario } from './model/explore.ts';
import { VERSIONS, type VersionName, type World } from './model/world.ts';

/** Ada is signed in, both versions know it, and the page has kept the record. */
async function adaIsSignedIn(world: World): Promise<void> {
  await world.versions.A.session.start(world.signIn('ada'));
  for (const name of VERSIONS) await world.versions[name].session.view();
  world.keepRecord();
}

const refreshes = (name: VersionName): Happening => ({
  label: `${name} refreshes`,
  act: ({ versions }) => versions[name].session.fresh(DEFAULT_TARGET).catch(() => undefined),
});
const signsOut = (name: VersionName): Happening => ({
  label: `${name} signs out`,
  act: ({ versions }) => versions[name].session.signOut(),
});
const graceSignsIn = (name: VersionName): Happening => ({
  label: `grace signs in at ${name}`,
  act: (world) => world.versions[name].session.start(world.signIn('grace')),
});
const PUTS_BACK: Happening = { label: 'the page puts the record back', act: (world) => world.putRecordBack() };
const DELETES: Happening = { label: 'the page deletes the record', act: (world) => world.deleteRecord() };

/** The user of the access token that a version would use now. */
async function userAt({ versions }: World, name: VersionName): Promise<string | undefined> {
  return (await versions[name].session.fresh(DEFAULT_TARGET))?.tokens.claims.sub;
}

/** The refresh tokens that are still good for something. */
function alive({ grants }: World): readonly string[] {
  return [...grants].flatMap(([token, fate]) => (fate === 'valid' ? [token] : []));
}

/** Once one version has signed out: no version uses a token, none begins a silent sign-in, and no token is left alive. */
function signedOutBy(name: VersionName): Scenario['problems'] {
  return async (world, happened) => {
    if (!happened.has(`${name} signs out`)) return [];
    const problems: string[] = [];
    for (const version of VERSIONS) {
      if (await userAt(world, version)) problems.push(`use after sign-out, by ${version}`);
      const view = await world.versions[version].session.view();
      if (view.status === 'signed-in' || view.reason !== 'signed-out')
        problems.push(`the reason is no more the sign-out, at ${version}`);
    }
    if (alive(world).length > 0) problems.push('a refresh token is left alive');
    if (happened.has(PUTS_BACK.label) || happened.has(DELETES.label)) return problems;
    const view = await world.restart().session.view();
    if (view.status === 'signed-in' || view.reason !== 'signed-out')
      problems.push('the session comes back after a stop');
    return problems;
  };
}

/** Each exploration ends when it has seen every state, however busy the machine is. */
const TIMEOUT_MS = 600_000;

/** The server takes a request and answers it in one step, which makes fewer orders. */
async function adaIsSignedInAtQuickServer(world: World): Promise<void> {
  await adaIsSignedIn(world);
  world.isServerQuick = true;
}

test.each<[what: string, more: readonly Happening[], begin: Scenario['begin']]>([
  ['', [], adaIsSignedIn],
  [', though the page puts an old record back', [PUTS_BACK], adaIsSignedInAtQuickServer],
  [', though the page deletes the record', [DELETES], adaIsSignedInAtQuickServer],
])(
  'after a sign-out no late write of another version brings the session back, in any order%s',
  async (_, more, begin) => {
    const { problems, states, ends } = await explore({
      begin,
      happenings: [signsOut('A'), refreshes('B'), ...more],
      problems: signedOutBy('A'),
    });

    expect([...problems]).toEqual([]);
    expect(states).toBeGreaterThan(300);
    expect(ends).toBeGreaterThan(50);
  },
  TIMEOUT_MS,
);

test(
  'tokens that were requested before a sign-out begin no session after it, in any order and by any version',
  async () => {
    const { problems, ends } = await explore({
      begin: async (world) => {
        await adaIsSignedIn(world);
        world.isHeld = true;
        void world.exchange('B', 'grace');
      },
      happenings: [signsOut('A')],
      problems: signedOutBy('A'),
    });

    expect([...problems]).toEqual([]);
    expect(ends).toBeGreaterThan(5);
  },
  TIMEOUT_MS,
);

test(
  'no version takes over the record of another user that was put back, in any order',
  async () => {
    const { problems, ends } = await explore({
      begin: adaIsSignedIn,
      happenings: [graceSignsIn('A'), refreshes('B'), PUTS_BACK],
      problems: async (world, happened) => {
        if (!happened.has('grace signs in at A')) return [];
        const found: string[] = [];
        await world.versions.A.session.sync();
        if ((await userAt(world, 'A')) !== 'grace') found.push('another user at A');
        // Becomes the active version.
        await world.versions.B.session.sync();
        const user = await userAt(world, 'B');
        if (user !== 'grace' && !happened.has(PUTS_BACK.label)) found.push('another user at B');
        return found;
      },
    });

    expect([...problems]).toEqual([]);
    expect(ends).toBeGreaterThan(20);
  },
  TIMEOUT_MS,
);

test(
  'a running version does not go back to an older record of its own session',
  async () => {
    const { problems, ends } = await explore({
      begin: adaIsSignedIn,
      happenings: [refreshes('A'), PUTS_BACK],
      problems: async (world) => {
        const found: string[] = [];
        for (const name of VERSIONS) {
          const before = (await world.versions[name].session.fresh(DEFAULT_TARGET))?.tokens;
          world.putRecordBack();
          await world.versions[name].session.sync();
          if ((await world.versions[name].session.fresh(DEFAULT_TARGET))?.tokens !== before)
            found.push(`older tokens at ${name}`);
        }
        return found;
      },
    });

    expect([...problems]).toEqual([]);
    expect(ends).toBeGreaterThan(3);
  },
  TIMEOUT_MS,
);

test(
  'two versions that refresh at the same time lose no session, and sign-out revokes the tokens of both',
  async () => {
    const { problems, ends } = await explore({
      begin: adaIsSignedIn,
      happenings: [refreshes('A'), refreshes('B')],
      problems: async (world) => {
        const found: string[] = [];
        for (const name of VERSIONS) if ((await userAt(world, name)) !== 'ada') found.push(`session lost at ${name}`);
        const { session } = world.restart();
        if ((await session.fresh(DEFAULT_TARGET))?.tokens.claims.sub !== 'ada') found.push('session lost after a stop');
        if (world.hasRefused) found.push('the server has refused');
        await session.signOut();
        if (alive(world).length > 0) found.push('a refresh token is left alive after the sign-out');
        return found;
      },
    });

    expect([...problems]).toEqual([]);
    expect(ends).toBeGreaterThan(2);
  },
  TIMEOUT_MS,
);

test(
  'what could not be revoked is revoked later, whichever version signs out, and after a stop',
  async () => {
    const { problems, ends } = await explore({
      begin: adaIsSignedIn,
      happenings: [
        { label: 'the network loses revocations', act: (world) => (world.isRevocationLost = true) },
        signsOut('A'),
        refreshes('B'),
      ],
      problems: async (world, happened) => {
        if (!happened.has('A signs out')) return [];
        world.isRevocationLost = false;
        await world.restart().session.sendRevocations();
        return alive(world).length > 0 ? ['a refresh token is left alive'] : [];
      },
    });

    expect([...problems]).toEqual([]);
    expect(ends).toBeGreaterThan(20);
  },
  TIMEOUT_MS,
);
