import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { DESTINATIONS } from '../../src/protocol/explanation.ts';
import { startStack, type Stack } from '../../demo/stack.ts';
import { openBarePage, signIn } from '../support/app-page.ts';
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

/** A page for each of the two configurations, signed in. */
const test = base.extend('pages', { scope: 'file' }, async ({ browser }, { onCleanup }) => {
  const contexts = await Promise.all([browser.newContext(), browser.newContext()]);
  onCleanup(async () => void (await Promise.all(contexts.map((context) => context.close()))));
  const [plain, named] = await Promise.all(contexts.map((context) => context.newPage()));
  if (!plain || !named) throw new Error('There are no pages.');
  await signIn(plain, stacks.plain);
  await signIn(named, stacks.named);
  return { plain, named };
});

/** Whether a request of a kind brings the token, when a page of one of the configurations sends it. */
async function isAuthorized(
  { send, to = 'api' }: RequestKind,
  rules: Rules,
  page: Page,
  index: number,
): Promise<boolean> {
  const { app } = stacks[rules];
  const run = `${rules}-${index}`;
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
  test.for(REQUEST_KINDS)('$kind, as the table says', async (kind, { pages }) => {
    const index = REQUEST_KINDS.indexOf(kind);
    const isPlain = await isAuthorized(kind, 'plain', pages.plain, index);
    const isNamed = await isAuthorized(kind, 'named', pages.named, index);

    const answer = isPlain ? 'yes' : isNamed ? `with \`destinations: ['${kind.destination}']\`` : 'no';
    rows.push(`| ${kind.kind} | ${answer} | ${isPlain ? '' : (kind.instead ?? '')} |`);
    // Markup never gets it by itself; what can be named can be had.
    expect(isPlain && kind.destination !== undefined).toBe(false);
    expect(isPlain || isNamed || kind.instead !== undefined).toBe(true);
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

This table is written by [a test](../test/e2e/request-kinds.test.ts) that makes each of these requests in Chromium.

| request | token | instead |
|---|---|---|`;

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

## In Firefox

Measured by hand in Firefox 153, and not by a test: \`<audio>\`, \`<video>\` and \`fetch()\` with \`keepalive\` never come to the
worker there. \`<a download>\` (as \`document\`), a synchronous \`XMLHttpRequest\` and the \`fetch()\` of an \`about:blank\` frame do.
All else is as in the table.

## What stays the same

For all that script can ask by, [page and server see the same as with an empty worker](../test/e2e/fidelity.test.ts), one that
answers each request with \`fetch(event.request)\`: status, headers, URL, redirects, bodies, streams, aborts, errors, progress,
referrers, cookies, caches. But for the \`Authorization\` header, and the preflight that it costs on another origin, there is no
difference. What an empty worker costs in itself remains: in Chromium, XHR uploads to another origin show no progress.
`;
