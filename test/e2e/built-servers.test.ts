import { afterAll, beforeAll, describe, expect } from 'vitest';
import { BY_BROWSER } from '../server/deployment.ts';
import { send } from '../server/http-client.ts';
import { siteOfApp, type SnippetServer, startCaddy, startNginx } from '../server/snippet-servers.ts';
import { type Api, startApi } from '../servers/api.ts';
import { type AuthorizationServer, startAuthorizationServer } from '../servers/authorization-server.ts';
import { API_AUDIENCE } from '../servers/authorization-server-configuration.ts';
import { ADA } from '../servers/users.ts';
import { fillLoginPage } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { buildFiles } from '../support/built-files.ts';

let authorizationServer: AuthorizationServer;
let api: Api;
beforeAll(async () => {
  authorizationServer = await startAuthorizationServer();
  api = await startApi({ issuer: authorizationServer.issuer, audience: API_AUDIENCE });
});
afterAll(() => Promise.all([api?.close(), authorizationServer?.close()]));

describe.each([
  ['nginx', startNginx],
  ['caddy', startCaddy],
] as const)('an app behind %s, with the files of tokenward build', (name, start) => {
  let server: SnippetServer;
  // The package may have to be installed first.
  beforeAll(async () => {
    const written = await buildFiles(name, {
      origin: 'https://app.example',
      issuer: authorizationServer.issuer,
      clientId: authorizationServer.clientId,
      scopes: ['openid', 'offline_access', 'notes:read'],
      authorizationParameters: { resource: API_AUDIENCE },
      protectedResources: [{ url: api.url }],
    });
    const site = siteOfApp(name, 'app.example', written);
    const files = {
      ...site.files,
      'app/index.html': `<!doctype html><title>App</title><script type="module" src="/tokenward/auto.js"></script>
<output></output><script type="module" src="/app.js"></script>\n`,
      'app/app.js': `const response = await fetch('${api.url}/notes');
document.querySelector('output').textContent = response.status;\n`,
    };
    server = await start({ ...site, files });
    authorizationServer.addApp(server.origin, [`${server.origin}/auth/callback`]);
    api.addOrigin(server.origin);
  }, 600_000);
  afterAll(() => server?.stop());

  test('signs in and is answered by its API after one line of HTML, with a worker that has a secret', async ({
    page,
  }) => {
    await page.goto(server.origin);
    await page.waitForSelector('[name=username]');
    await fillLoginPage(page, ADA);
    await page.waitForURL(({ origin }) => origin === server.origin);

    await page.waitForFunction(() => document.querySelector('output')?.textContent === '200');
    expect(await page.evaluate(() => navigator.serviceWorker.controller?.scriptURL)).toBe(
      `${server.origin}/tokenward-sw.js`,
    );
    const script = await send(`${server.origin}/tokenward-sw.js`, { headers: BY_BROWSER });
    expect(script.body).toMatch(/^self\.__tokenwardSecret="[\w-]{43,64}";self\.__tokenwardPolicy=/);
  });
});
