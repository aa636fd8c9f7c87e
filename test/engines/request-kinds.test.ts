import { afterAll, beforeAll, describe, expect } from 'vitest';
import { DESTINATIONS } from '../../src/protocol/explanation.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { openBarePage, signIn } from '../support/app-page.ts';
import type { EnginePage, EngineProfile } from '../support/engines/engine.ts';
import { test as base } from '../support/engines/engine-test.ts';
import { type ForeignServer, startForeignServer } from '../support/foreign-server.ts';
import { type Mirror, startMirror } from '../support/mirror.ts';
import { type KindOutcome, REQUEST_KINDS, type RequestKind } from '../support/request-kinds.ts';

/** The two configurations: nothing but the resources, or every destination named for them. */
type Rules = 'plain' | 'named';

let mirror: Mirror;
let foreign: ForeignServer;
let stacks: Readonly<Record<Rules, Stack>>;
beforeAll(async () => {
  [mirror, foreign] = await Promise.all([startMirror(), startForeignServer()]);
  // Without a policy: what a browser does is the question, not what a policy forbids.
  const settings = { securityHeaders: 'off', workerServing: 'sealed' } as const;
  const plain = [{ url: `${mirror.origin}/api` }, { url: '/files' }];
  const named = [
    { url: `${mirror.origin}/api`, destinations: DESTINATIONS.filter((name) => !/^(document|iframe)$/.test(name)) },
    { url: '/files', destinations: DESTINATIONS },
  ];
  stacks = {
    plain: await startStack({ app: { ...settings, worker: { protectedResources: plain } } }),
    named: await startStack({ app: { ...settings, worker: { protectedResources: named } } }),
  };
  for (const { authorizationServer } of Object.values(stacks)) {
    authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  }
});
afterAll(() => Promise.all([stacks.plain.close(), stacks.named.close(), mirror.close(), foreign.close()]));

/** Pages of the engine: one for each of the two configurations, signed in. */
const test = base.extend(
  'signedIn',
  { scope: 'file' },
  async ({ session }, { onCleanup }): Promise<Readonly<Record<Rules, EnginePage>>> => {
    const profiles = [await session.newProfile(), await session.newProfile()] as const;
    onCleanup(() => Promise.all(profiles.map((profile) => profile.close())).then(() => undefined));
    const open = async (stack: Stack, profile: EngineProfile): Promise<EnginePage> => {
      const page = await profile.newPage();
      await signIn(page, stack);
      return page;
    };
    return { plain: await open(stacks.plain, profiles[0]), named: await open(stacks.named, profiles[1]) };
  },
);

/** What becomes of a request of a kind. */
async function outcomeOf(kind: RequestKind, pages: Readonly<Record<Rules, EnginePage>>): Promise<KindOutcome> {
  const [plain, named] = [await schemeOf(kind, 'plain', pages.plain), await schemeOf(kind, 'named', pages.named)];
  if (plain === 'unsent' && named === 'unsent') return 'unsent';
  if (plain === 'Bearer') return 'yes';
  return named === 'Bearer' ? 'named' : 'no';
}

/** With what authorization a request of a kind comes, when a page of one of the configurations sends it. */
async function schemeOf(kind: RequestKind, rules: Rules, page: EnginePage): Promise<string> {
  const { send, to = 'api', outcomes } = kind;
  const { app } = stacks[rules];
  const run = `${page.engine}-${rules}-${REQUEST_KINDS.indexOf(kind)}`;
  const path = `/files/${run}`;
  app.pages.set(path, { body: '<!doctype html><title>File</title>' });
  await openBarePage(page, stacks[rules]);

  await send(page, { api: mirror.urlOf(run), path, foreign: foreign.origin });

  const schemes = (): readonly (string | undefined)[] =>
    to === 'app'
      ? app.requests.list(path).map(({ authorizationScheme }) => authorizationScheme)
      : mirror.received(run).map(({ headers }) => headers['authorization']?.split(' ')[0]);
  if (outcomes[page.engine] === 'unsent') {
    // What is sent later has arrived: this will not come any more.
    await page.evaluate((url) => fetch(url).then(({ status }) => status), `${mirror.urlOf(`${run}-later`)}/echo`);
    if (schemes().length === 0) return 'unsent';
  }
  await expect.poll(() => schemes().length, { timeout: 30_000 }).toBeGreaterThan(0);
  const [, ...others] = await page.profile.pages();
  for (const other of others) await other.close();
  return schemes()[0] ?? 'none';
}

describe('as docs/request-kinds.md says, the token is on a request by', () => {
  for (const kind of REQUEST_KINDS) {
    test(kind.kind, async ({ signedIn, session }) => {
      const outcome = await outcomeOf(kind, signedIn);

      expect(outcome).toBe(kind.outcomes[session.name]);
    });
  }
});
