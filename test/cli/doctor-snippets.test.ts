import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { examine } from '../../src/cli/doctor/examine.ts';
import { createSend, type Send } from '../../src/cli/doctor/probe.ts';
import { startCaddy, startNginx, type SnippetServer } from '../server/snippet-servers.ts';
import { startAlteringFront } from '../support/altering-front.ts';

type Front = Awaited<ReturnType<typeof startAlteringFront>>;

/** What the snippets are about; the rest belongs to servers that there are not. */
const OF_THE_APP = ['Worker script', 'Other workers', 'Redirect URI and endpoints', 'Pages, files and errors'];

describe.each([
  ['nginx', startNginx, []],
  // Go answers a broken address before Caddy sees it: docs/deployment/caddy.md.
  ['Caddy', startCaddy, ['everywhere-errors']],
])('the snippet for %s', (_, start, known) => {
  let server: SnippetServer;
  let front: Front;
  // The package may have to be installed first.
  beforeAll(async () => {
    [server, front] = await Promise.all([start(), startAlteringFront()]);
    front.setTarget(server.origin, 'https://app.example');
  }, 600_000);
  afterAll(() => Promise.all([server?.stop(), front?.close()]));

  test('is what the doctor wants', async () => {
    const sendToApp = createSend(5000);
    const send: Send = (url, request) =>
      url.startsWith(front.origin) ? sendToApp(url, request) : Promise.reject(new Error(`${url} is not there`));
    const said = { issuer: 'https://login.example', clientId: 'spa', api: ['https://api.example'] };

    const { sections } = await examine({ url: front.origin, ...said }, { send, progress: () => undefined });

    const findings = sections.filter(({ title }) => OF_THE_APP.includes(title)).flatMap((section) => section.findings);
    const others = findings
      .filter(({ verdict }) => verdict !== 'pass')
      .map(({ verdict, check }) => `${verdict} ${check}`);
    // Which scripts a page has is the app's business, and not that of the snippets.
    expect(others).toEqual(['page-script-src', ...known].map((check) => `warn ${check}`));
    expect(findings.length).toBeGreaterThan(35);
  });
});
