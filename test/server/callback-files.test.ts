import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CallbackFile, createCallbackFiles } from '../../src/server/callback-files.ts';
import { createCallbackDocument } from '../../src/server/index.ts';
import { send } from './http-client.ts';
import { type Site, type SnippetServer, startApache, startCaddy, startNginx } from './snippet-servers.ts';

const LOCATION = {
  redirectUri: 'https://signin.app.example/',
  appCallback: 'https://app.example/auth/callback',
} as const;
const FILES: readonly CallbackFile[] = await createCallbackFiles(LOCATION);
const textOf = (file: string): string => FILES.find(({ name }) => name === file)?.text ?? '';

/** The second origin, with a file that nobody should get. */
function siteOf(file: string): Site {
  return {
    host: 'signin.app.example',
    file,
    text: textOf(file),
    files: { 'site/index.html': textOf('site/index.html'), 'site/other.js': 'self.onfetch = () => {};\n' },
    folders: [['/srv/tokenward-callback/site', 'FOLDER/site']],
  };
}

describe.each([
  { name: 'nginx', file: 'nginx.conf', start: startNginx },
  { name: 'Caddy', file: 'Caddyfile', start: startCaddy },
  { name: 'Apache', file: 'apache.conf', start: startApache },
])('the origin of the isolated callback behind $name', ({ file, start }) => {
  let server: SnippetServer;
  // The package may have to be installed first.
  beforeAll(async () => {
    server = await start(siteOf(file));
  }, 600_000);
  afterAll(() => server?.stop());

  test.each<[what: string, path: string, status: number | undefined, request?: object]>([
    ['the document', '/?code=SECRET&state=x', 200],
    ['the document without a body', '/?code=SECRET', 200, { method: 'HEAD' }],
    ['its file', '/index.html?code=SECRET', 404],
    ['another file', '/other.js', 404],
    ['a worker script', '/other.js', 404, { headers: { 'sec-fetch-dest': 'serviceworker' } }],
    ['a path below', '/auth/callback?code=SECRET', 404],
    ['a POST', '/', undefined, { method: 'POST', body: 'code=SECRET', headers: { 'content-length': '11' } }],
    ['a CORS preflight', '/', undefined, { method: 'OPTIONS', headers: { origin: 'https://app.example' } }],
    ['a request with an origin', '/?code=SECRET', 200, { headers: { origin: 'https://app.example' } }],
    ['cookies that are too long', '/?code=SECRET', undefined, { headers: { cookie: 'x'.repeat(20_000) } }],
  ])('has one document, and its headers on every answer: %s', async (_, path, status, request) => {
    const { body, headers } = await createCallbackDocument(LOCATION);

    const answer = await send(server.origin + path, request);

    if (status === undefined) expect(answer.status < 300 || answer.status >= 400).toBe(true);
    else expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject(headers);
    for (const name of [
      'access-control-allow-origin',
      'etag',
      'last-modified',
      'location',
      'set-cookie',
      'nel',
      'report-to',
    ])
      expect(answer.lines(name), name).toEqual([]);
    if (status === 200 && answer.body !== '') expect(answer.body).toBe(body);
    expect(answer.body).not.toMatch(/SECRET|onfetch/);
  });

  test('logs no response', async () => {
    await send(`${server.origin}/?code=SECRET`);
    await send(`${server.origin}/other?code=SECRET`);

    expect(await server.log()).not.toContain('SECRET');
  });
});

test.each([
  ['nginx.md', 'nginx.conf'],
  ['caddy.md', 'Caddyfile'],
  ['apache.md', 'apache.conf'],
])('%s shows the second origin as the command writes this configuration', async (document, file) => {
  const text = await readFile(new URL(`../../docs/deployment/${document}`, import.meta.url), 'utf8');

  expect(text).toContain(textOf(file));
});
