import type { IncomingMessage } from 'node:http';
import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { createSecurityPolicy, createTokenwardHandler, toNodeListener } from 'tokenward/server';
import { listen, type Listener } from '../servers/listener.ts';
import { test } from '../support/browser-test.ts';
import { type ForeignServer, startForeignServer } from '../support/foreign-server.ts';

/** A page that does what the policy does not let it: it frames the authorization server, and connects there. */
const PAGE = '<!doctype html><title>App</title><script src="/app.js"></script>';
const APP = `
document.addEventListener('DOMContentLoaded', async () => {
  const frame = document.createElement('iframe');
  frame.src = new URLSearchParams(location.search).get('server') + '/framed';
  document.body.append(frame);
  await fetch(new URLSearchParams(location.search).get('server') + '/fetched').catch(() => {});
  document.documentElement.dataset.done = 'yes';
});`;

const POLL = { timeout: 20_000 };

let authorizationServer: ForeignServer;
let app: Listener;
let mode: 'enforce' | 'report';
const reports: { readonly body: string; readonly contentType: string | undefined }[] = [];
beforeAll(async () => {
  authorizationServer = await startForeignServer();
  app = await listen((origin) => (request, response) => {
    const site = {
      origin,
      worker: { path: '/tokenward-sw.js', script: '' },
      authorizationServers: [authorizationServer.origin],
      protectedResources: ['/api'],
    };
    const policy = createSecurityPolicy({ ...site, mode, reportUrl: '/csp-reports' });
    toNodeListener(createTokenwardHandler(site), {
      policy,
      next: (incoming, outgoing) => {
        if (incoming.url === '/csp-reports') return void takeReport(incoming).then(() => outgoing.writeHead(204).end());
        const [type, body] = incoming.url === '/app.js' ? ['text/javascript', APP] : ['text/html', PAGE];
        outgoing.writeHead(200, { 'content-type': type }).end(body);
      },
    })(request, response);
  });
});
afterAll(() => Promise.all([app.close(), authorizationServer.close()]));
beforeEach(() => void reports.splice(0));

async function takeReport(request: IncomingMessage): Promise<void> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  reports.push({ body, contentType: request.headers['content-type'] });
}

/** Opens the page; gives what says what has reached the authorization server because of it. */
async function open(page: Page): Promise<() => readonly string[]> {
  const before = authorizationServer.requests.length;
  await page.goto(`${app.origin}/?server=${authorizationServer.origin}`);
  await page.locator('html[data-done="yes"]').waitFor({ state: 'attached' });
  return () =>
    authorizationServer.requests
      .slice(before)
      .map(({ path }) => path)
      .toSorted();
}

/** The directives that reports were about. */
function reportedDirectives(): readonly string[] {
  return reports.map(({ body }) => /"effective-directive":"([\w-]+)"/.exec(body)?.[1] ?? '').toSorted();
}

describe('the policy of pages', () => {
  test('stops requests, and says so', async ({ page }) => {
    mode = 'enforce';

    const reached = await open(page);

    await expect.poll(reportedDirectives, POLL).toEqual(['connect-src', 'frame-src']);
    expect(reached()).toEqual([]);
  });

  test('in report mode stops nothing, and reports what it would have stopped', async ({ page }) => {
    mode = 'report';

    const reached = await open(page);

    await expect.poll(reached, POLL).toEqual(['/fetched', '/framed']);
    await expect.poll(reportedDirectives, POLL).toEqual(['connect-src', 'frame-src']);
    expect(reports.map(({ contentType }) => contentType)).toEqual(['application/csp-report', 'application/csp-report']);
  });
});
