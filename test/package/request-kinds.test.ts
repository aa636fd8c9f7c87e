import { expect, test } from 'vitest';
import { type KindOutcome, REQUEST_KINDS, type RequestKind } from '../support/request-kinds.ts';

/** A row of the table. That each engine does what it says, `npm run test:engines` finds out. */
function rowOf({ kind, outcomes, destination, instead = '' }: RequestKind): string {
  const words: Readonly<Record<KindOutcome, string>> = {
    yes: 'yes',
    named: `with \`'${destination}'\``,
    no: 'no',
    unsent: 'not sent',
  };
  const { chromium, firefox, webkit } = outcomes;
  const cells = [chromium, firefox, webkit];
  const isComplete = cells.every((outcome) => outcome === 'yes');
  return `| ${[kind, ...cells.map((outcome) => words[outcome]), isComplete ? '' : instead].join(' | ')} |`;
}

test('markup never gets the token by itself, and whatever gets none has something instead', () => {
  for (const { kind, outcomes, destination, instead } of REQUEST_KINDS) {
    const cells = Object.values(outcomes);

    expect(cells.includes('yes') && destination !== undefined, kind).toBe(false);
    expect(cells.includes('no') && instead === undefined, kind).toBe(false);
  }
});

test('the documentation has the table of the kinds of requests', async () => {
  const text = `${HEAD}\n${REQUEST_KINDS.map(rowOf).join('\n')}\n${FOOT}`;

  await expect(text).toMatchFileSnapshot('../../docs/request-kinds.md');
});

const HEAD = `# Kinds of requests

Every request of script to a [protected resource](configuration.md#a-protected-resource-protectedresourceoptions) has the token.
Any other request has it only if the resource's [\`destinations\`](configuration.md#destinations) name its kind. Some kinds of requests
never come to a service worker, so no configuration helps there; the last column says what to do instead.

For each row a test makes the request in Chromium, Firefox and WebKit, and checks whether
[the token is on a request by](../test/engines/request-kinds.test.ts#P-012) it, as the table says.
*with \`'image'\`* means with \`destinations: ['image']\`.

| request | Chromium | Firefox | WebKit | instead |
|---|---|---|---|---|`;

const FOOT = `
Two of these need an explanation. To a worker, a preload by \`<link rel="preload" as="fetch" crossorigin>\` looks like \`fetch()\`.
Markup can therefore make a \`GET\` with the token, but cannot read the response. A request of mode \`no-cors\` becomes one of mode
\`cors\` to carry the token: the API must answer it as it answers a \`fetch()\`, and it carries no cookies to another origin.

## EventSource

An \`EventSource\` connects again after a network error, and gives up for good after any status but 200. While the authorization server
does not answer, the worker therefore answers it with a network error, and in Firefox, where a network error of a worker closes it too,
with a stream that ends at once: it opens, ends and connects again. It comes back by itself when the server does. Once the session
has ended, the answer is 401, and it is closed.

A stream that breaks off in the middle closes an \`EventSource\` in Chromium, behind any worker: end streams on the server, and open a new
one when \`readyState\` is \`EventSource.CLOSED\`. \`<audio>\` and \`<video>\` try again after neither; load them again. In all else, what is said [below](#what-stays-the-same) holds.

## WebSockets

A WebSocket never comes to a service worker, and a page cannot give it a header. Use a ticket: an endpoint of the API returns a
random value for a valid token, and a WebSocket server accepts that value once.

\`\`\`ts
/** Opens a feed as the user who is signed in. */
async function openFeed(): Promise<WebSocket> {
  const response = await fetch('https://api.example/v1/tickets', { method: 'POST' });
  if (!response.ok) throw new Error(\`No ticket: \${response.status}\`);
  const { ticket } = await response.json();
  return new WebSocket(\`wss://api.example/feed?ticket=\${encodeURIComponent(ticket)}\`);
}
\`\`\`

The \`fetch()\` goes through the worker, which renews the token and replays the request like any other. The ticket should have 128
random bits, be valid for one connection, and expire after seconds, because logs hold URLs. The server must compare the \`Origin\`
of the handshake with the app's. It must also close the connection when the session ends: a token that expires in the meantime
does not close it. The page's policy must allow the connection: \`connections: ['wss://api.example']\` in
[\`createSecurityPolicy\`](configuration.md#all-other-responses-securitypolicyoptions). Each reconnect needs a new ticket.

## What stays the same

For every kind of request that script can make, in the three engines,
[page and server see the same as with an empty worker](../test/engines/fidelity.test.ts#P-142), one that answers each request with
\`fetch(event.request)\`: status, headers, URL, redirects, bodies, streams, aborts, errors, progress, referrers, cookies, caches. The
only differences are the \`Authorization\` header, and the preflight that it costs on another origin. The effects of an empty worker
remain: in Chromium, XHR uploads to another origin show no progress.
`;
