import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { DESTINATIONS } from '../../src/protocol/explanation.ts';
import { startStack, type Stack } from '../../demo/stack.ts';
import { openBarePage, signIn } from '../support/app-page.ts';
import { launchFirefox } from '../support/browser.ts';
import { test as base } from '../support/browser-test.ts';
import { type ForeignServer, startForeignServer } from '../support/foreign-server.ts';
import { type Mirror, startMirror } from '../support/mirror.ts';
import { REQUEST_KINDS, type RequestKind } from '../support/request-kinds.ts';

/** The two configurations: nothing but the resources, or every destination named for them. */
type Rules = 'plain' | 'named';

let mirror: Mirror;
let foreign: ForeignServer;
let stacks: Readonly<Record<Rules, Stack>>;
beforeAll(async () => {
  [mirror, foreign] = await Promise.all([startMirror(), startForeignServer()]);
  // Without a policy: what a browser does is the question, not what a policy forbids.
  const settings = { securityHeaders: 'off', workerServing: 'static' } as const;
  const plain = [{ url: `${mirror.origin}/api` }, { url: '/files' }];
  const named = [
    { url: `${mirror.origin}/api`, destinations: DESTINATIONS.filter((name) => !/^(document|iframe)$/.test(name)) },
    { url: '/files', destinations: DESTINATIONS },
  ];
  stacks = {
    plain: await startStack({ app: { ...settings, worker: { protectedResources: plain } } }),
    named: await startStack({ app: { ...settings, worker: { protectedResources: named } } }),
  };
});
afterAll(() => Promise.all([stacks.plain.close(), stacks.named.close(), mirror.close(), foreign.close()]));

/** Pages of one engine: one for each of the two configurations, signed in. */
interface EnginePages extends Readonly<Record<Rules, Page>> {
  readonly engine: 'chromium' | 'firefox';
}

async function openPages(engine: EnginePages['engine'], browser: Browser): Promise<EnginePages> {
  const [plain, named] = [
    await (await browser.newContext()).newPage(),
    await (await browser.newContext()).newPage(),
  ] as const;
  await signIn(plain, stacks.plain);
  await signIn(named, stacks.named);
  return { engine, plain, named };
}

const test = base
  .extend('inChromium', { scope: 'file' }, async ({ browser }, { onCleanup }) => {
    const pages = await openPages('chromium', browser);
    onCleanup(() => Promise.all([pages.plain.context().close(), pages.named.context().close()]).then(() => {}));
    return pages;
  })
  .extend('inFirefox', { scope: 'file' }, async ({}, { onCleanup }) => {
    const browser = await launchFirefox();
    onCleanup(() => browser.close());
    return openPages('firefox', browser);
  });

/** Which requests come to the worker in an engine, and with what configuration they get the token. */
type Outcome = 'yes' | 'named' | 'no' | 'unsent';

/** What becomes of a request of a kind in an engine. */
async function outcomeOf(kind: RequestKind, pages: EnginePages): Promise<Outcome> {
  const isSent = !(kind.unsentIn ?? []).includes(pages.engine);
  if (!isSent) return 'unsent';
  if (await isAuthorized(kind, 'plain', pages)) return 'yes';
  return (await isAuthorized(kind, 'named', pages)) ? 'named' : 'no';
}

/** Whether a request of a kind brings the token, when a page of one of the configurations sends it. */
async function isAuthorized(kind: RequestKind, rules: Rules, pages: EnginePages): Promise<boolean> {
  const { send, to = 'api' } = kind;
  const { app } = stacks[rules];
  const page = pages[rules];
  const run = `${pages.engine}-${rules}-${REQUEST_KINDS.indexOf(kind)}`;
  const path = `/files/${run}`;
  app.pages.set(path, { body: '<!doctype html><title>File</title>' });
  await openBarePage(page, stacks[rules]);

  await send(page, { api: mirror.urlOf(run), path, foreign: foreign.origin });

  const schemes = (): readonly (string | undefined)[] =>
    to === 'app'
      ? app.requests.list(path).map(({ authorizationScheme }) => authorizationScheme)
      : mirror.received(run).map(({ headers }) => headers['authorization']?.split(' ')[0]);
  await expect.poll(() => schemes().length, { timeout: 10_000 }).toBeGreaterThan(0);
  return schemes()[0] === 'Bearer';
}

/** What the table says of a kind. */
const rows: string[] = [];

describe('the token is on a request by', () => {
  test.for(REQUEST_KINDS)('$kind, as the table says', async (kind, { inChromium, inFirefox }) => {
    const outcomes = [await outcomeOf(kind, inChromium), await outcomeOf(kind, inFirefox)];

    const words: Readonly<Record<Outcome, string>> = {
      yes: 'yes',
      named: `with \`'${kind.destination}'\``,
      no: 'no',
      unsent: 'not sent',
    };
    const isComplete = outcomes.every((outcome) => outcome === 'yes');
    rows.push(
      `| ${[kind.kind, ...outcomes.map((outcome) => words[outcome]), isComplete ? '' : (kind.instead ?? '')].join(' | ')} |`,
    );
    // Markup never gets it by itself; what can be named can be had.
    expect(outcomes.includes('yes') && kind.destination !== undefined).toBe(false);
    expect(outcomes.some((outcome) => outcome === 'no') && kind.instead === undefined).toBe(false);
  });
});

test('the documentation has this very table', async () => {
  expect(rows).toHaveLength(REQUEST_KINDS.length);
  const text = `${HEAD}\n${rows.join('\n')}\n${FOOT}`;

  await expect(text).toMatchFileSnapshot('../../docs/request-kinds.md');
});

const HEAD = `# Kinds of requests

The token is on every request that script makes to a [protected resource](configuration.md#a-protected-resource-protectedresourceoptions),
and on no other unless its [\`destinations\`](configuration.md#destinations) name it. Some kinds of requests never come to a
service worker, so no configuration helps there; the last column says what does.

This table is written by [a test](../test/e2e/request-kinds.test.ts) that makes each of these requests in Chromium and in
Firefox. *with \`'image'\`* means with \`destinations: ['image']\`.

| request | Chromium | Firefox | instead |
|---|---|---|---|`;

const FOOT = `
Two of these deserve a second look. A page that preloads by \`<link rel="preload" as="fetch" crossorigin>\` looks to a worker
like \`fetch()\`, so that markup can make a \`GET\` with the token, though not read the answer. And what is of mode \`no-cors\`
becomes a request of mode \`cors\` to carry the token: the API has to answer it as it answers a \`fetch()\`, and it brings no
cookies to another origin.

## WebSockets

A WebSocket never comes to a service worker, and a page cannot give it a header. What works is a ticket: an endpoint of the API
that gives a random value for a valid token, and a WebSocket server that takes it once.

\`\`\`ts
/** Opens a feed as the user who is signed in. */
async function openFeed(): Promise<WebSocket> {
  const response = await fetch('https://api.example/v1/tickets', { method: 'POST' });
  if (!response.ok) throw new Error(\`No ticket: \${response.status}\`);
  const { ticket } = await response.json();
  return new WebSocket(\`wss://api.example/feed?ticket=\${encodeURIComponent(ticket)}\`);
}
\`\`\`

The \`fetch()\` goes through the worker, and is renewed and replayed like any other. The ticket should have 128 random bits, be
used up by the first connection, and expire after seconds, since URLs stand in logs. The server has to compare the \`Origin\` of
the handshake with the app's, and to close the connection when the session ends, which a token that expires in the meantime does
not do. The page's policy has to allow the connection: \`connections: ['wss://api.example']\` in
[\`createSecurityPolicy\`](configuration.md#all-other-responses-securitypolicyoptions). A reconnect takes a new ticket.

## What stays the same

For all that script can ask by, [page and server see the same as with an empty worker](../test/e2e/fidelity.test.ts), one that
answers each request with \`fetch(event.request)\`: status, headers, URL, redirects, bodies, streams, aborts, errors, progress,
referrers, cookies, caches. But for the \`Authorization\` header, and the preflight that it costs on another origin, there is no
difference. What an empty worker costs in itself remains: in Chromium, XHR uploads to another origin show no progress.
`;
