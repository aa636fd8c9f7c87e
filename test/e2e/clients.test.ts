import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { signIn } from '../support/app-page.ts';
import { test as base } from '../support/browser-test.ts';
import { type MediaApi, startMediaApi } from '../support/media-api.ts';
import { setWorkerClockForward, withClock } from '../support/worker-clock.ts';

const TTL_SECONDS = 300;

const require = createRequire(import.meta.url);

/** Builds for browsers that the packages ship, by the path that the app serves them at. */
const SHIPPED: Readonly<Record<string, readonly [manifest: string, file: string]>> = {
  '/clients/axios.js': [require.resolve('axios/package.json'), 'dist/axios.min.js'],
  '/clients/jquery.js': [require.resolve('jquery/package.json'), 'dist/jquery.min.js'],
  '/clients/htmx.js': [require.resolve('htmx.org/package.json'), 'dist/htmx.min.js'],
  '/clients/hls.js': [require.resolve('hls.js/package.json'), 'dist/hls.min.js'],
  '/clients/leaflet.js': [require.resolve('leaflet/package.json'), 'dist/leaflet.js'],
  '/clients/leaflet.css': [require.resolve('leaflet/package.json'), 'dist/leaflet.css'],
};

/** Where the others are, in one file as an app's bundler makes it. */
const MODULES = '/clients/modules.js';

let stack: Stack;
let media: MediaApi;
beforeAll(async () => {
  stack = await startStack({
    authorizationServer: { accessTokenTtlSeconds: TTL_SECONDS },
    app: { securityHeaders: 'off', workerScript: withClock },
  });
  media = await startMediaApi(stack.authorizationServer.issuer);
  const { app, api } = stack;
  app.configure({
    worker: {
      protectedResources: [
        { url: api.url },
        { url: `${media.origin}/graphql` },
        { url: `${media.origin}/media` },
        { url: `${media.origin}/tiles`, methods: ['GET'], destinations: ['image'] },
      ],
    },
  });
  for (const [path, [manifest, file]] of Object.entries(SHIPPED)) {
    const contentType = path.endsWith('.css') ? 'text/css' : 'text/javascript';
    app.pages.set(path, { body: await readFile(join(dirname(manifest), file), 'utf8'), contentType });
  }
  app.pages.set(MODULES, { body: await bundleModules(), contentType: 'text/javascript' });
});
afterAll(() => Promise.all([stack.close(), media.close()]));
beforeEach(() => {
  for (const { requests } of [stack.api, stack.authorizationServer, media]) requests.clear();
});

async function bundleModules(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../support/client-modules.ts', import.meta.url))],
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"production"' },
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/** A page that has signed in once for all clients. */
const test = base.extend('held', { scope: 'file' }, async ({ browser }, { onCleanup }): Promise<Page> => {
  const context = await browser.newContext();
  onCleanup(() => context.close());
  const page = await context.newPage();
  await signIn(page, stack);
  return page;
});

/** A fresh page with a client in it, and an access token that has expired. */
async function open(
  page: Page,
  path: string,
  { scripts = [], body = '' }: { scripts?: readonly string[]; body?: string },
) {
  const tags = scripts.map((script) => `<script src="${script}"></script>`).join('');
  stack.app.pages.set(path, { body: `<!doctype html><title>${path}</title><body>${body}${tags}` });
  await page.goto(stack.app.origin + path);
  await setWorkerClockForward(page, TTL_SECONDS);
}

/** One refresh came before, and every request to an API had a valid token. */
function expectRefreshed(...least: readonly (readonly [path: string, method: string])[]): void {
  const requests = [...stack.api.requests.list(), ...media.requests.list()];
  expect(stack.authorizationServer.requests.count('token', 'refresh_token')).toBe(1);
  expect(requests.filter(({ status }) => status >= 300)).toEqual([]);
  expect(requests.every(({ isAuthorised }) => isAuthorised)).toBe(true);
  const answered = requests.map(({ path, method }) => `${method} ${path}`);
  expect(answered).toEqual(expect.arrayContaining(least.map(([path, method]) => `${method} ${path}`)));
}

const NOTES = [
  ['/api/notes', 'GET'],
  ['/api/notes', 'POST'],
] as const;

describe('an npm build as it is reads, and writes where it can, through a refresh:', () => {
  test('axios', async ({ held }) => {
    await open(held, '/with-axios', { scripts: ['/clients/axios.js'] });

    const notes = await held.evaluate(async (url) => {
      const { axios } = Object(window);
      const { data: note } = await axios.post(`${url}/notes`, { text: 'by axios' });
      const { data } = await axios.get(`${url}/notes`);
      return [note.text, data.at(-1).text];
    }, stack.api.url);

    expect(notes).toEqual(['by axios', 'by axios']);
    expectRefreshed(...NOTES);
  });

  test('ky', async ({ held }) => {
    await open(held, '/with-ky', { scripts: [MODULES] });

    const notes = await held.evaluate(async (url) => {
      const { ky } = Object(window);
      const note = await ky.post(`${url}/notes`, { json: { text: 'by ky' } }).json();
      const all = await ky.get(`${url}/notes`).json();
      return [note.text, all.at(-1).text];
    }, stack.api.url);

    expect(notes).toEqual(['by ky', 'by ky']);
    expectRefreshed(...NOTES);
  });

  test('ofetch', async ({ held }) => {
    await open(held, '/with-ofetch', { scripts: [MODULES] });

    const notes = await held.evaluate(async (url) => {
      const { ofetch } = Object(window);
      const note = await ofetch(`${url}/notes`, { method: 'POST', body: { text: 'by ofetch' } });
      const all = await ofetch(`${url}/notes`);
      return [note.text, all.at(-1).text];
    }, stack.api.url);

    expect(notes).toEqual(['by ofetch', 'by ofetch']);
    expectRefreshed(...NOTES);
  });

  test('jQuery.ajax', async ({ held }) => {
    await open(held, '/with-jquery', { scripts: ['/clients/jquery.js'] });

    const notes = await held.evaluate(async (url) => {
      const { jQuery } = Object(window);
      const data = JSON.stringify({ text: 'by jQuery' });
      const note = await jQuery.ajax({ url: `${url}/notes`, method: 'POST', contentType: 'application/json', data });
      const all = await jQuery.getJSON(`${url}/notes`);
      return [note.text, all.at(-1).text];
    }, stack.api.url);

    expect(notes).toEqual(['by jQuery', 'by jQuery']);
    expectRefreshed(...NOTES);
  });

  test('htmx', async ({ held }) => {
    const { url } = stack.api;
    await open(held, '/with-htmx', {
      scripts: ['/clients/htmx.js'],
      body: `<meta name="htmx-config" content='{"selfRequestsOnly": false}'>
        <form hx-post="${url}/upload?name=htmx" hx-target="#written"><input name="text" value="by htmx"><button>Write</button></form>
        <p id="written"></p>
        <button hx-get="${url}/me" hx-target="#read">Read</button>
        <p id="read"></p>`,
    });

    await held.getByRole('button', { name: 'Write' }).click();
    await held.locator('#written', { hasText: '"name":"htmx"' }).waitFor();
    await held.getByRole('button', { name: 'Read' }).click();
    await held.locator('#read', { hasText: 'user-ada' }).waitFor();

    expectRefreshed(['/api/upload', 'POST'], ['/api/me', 'GET']);
  });

  test('Apollo Client', async ({ held }) => {
    await open(held, '/with-apollo', { scripts: [MODULES] });

    const notes = await held.evaluate(async (uri) => {
      const { ApolloClient, gql, HttpLink, InMemoryCache } = Object(window);
      const client = new ApolloClient({ link: new HttpLink({ uri }), cache: new InMemoryCache() });
      const mutation = gql('mutation Add($text: String!) { addNote(text: $text) { id text } }');
      const written = await client.mutate({ mutation, variables: { text: 'by Apollo' } });
      const read = await client.query({ query: gql('{ notes { id text } }') });
      return [written.data.addNote.text, read.data.notes.at(-1).text];
    }, `${media.origin}/graphql`);

    expect(notes).toEqual(['by Apollo', 'by Apollo']);
    expectRefreshed(['/graphql', 'POST']);
    expect(media.requests.count('/graphql', 'POST')).toBe(2);
  });

  test('TanStack Query', async ({ held }) => {
    await open(held, '/with-tanstack', { scripts: [MODULES] });

    const notes = await held.evaluate(async (url) => {
      const { Mutation, QueryClient } = Object(window);
      const client = new QueryClient();
      const add = new Mutation(client, {
        mutationFn: async (text: string) => {
          const headers = { 'content-type': 'application/json' };
          return (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ text }) })).json();
        },
      });
      const note = await add.mutate('by TanStack');
      const all = await client.fetchQuery({ queryKey: ['notes'], queryFn: async () => (await fetch(url)).json() });
      return [note.text, all.at(-1).text];
    }, `${stack.api.url}/notes`);

    expect(notes).toEqual(['by TanStack', 'by TanStack']);
    expectRefreshed(...NOTES);
  });

  test('hls.js, with its list and each of its segments', async ({ held }) => {
    await open(held, '/with-hls', { scripts: ['/clients/hls.js'], body: '<audio muted></audio>' });

    const seconds = await held.evaluate(
      (url) =>
        new Promise<number>((resolve, reject) => {
          const { Hls } = Object(window);
          const audio = document.querySelector('audio');
          if (!audio) throw new Error('There is no audio.');
          const hls = new Hls({ enableWorker: false });
          hls.on(Hls.Events.ERROR, (_: unknown, { details, fatal }: { details: string; fatal: boolean }) => {
            if (fatal) reject(new Error(details));
          });
          hls.on(Hls.Events.BUFFER_EOS, () => resolve(audio.buffered.end(0)));
          hls.loadSource(url);
          hls.attachMedia(audio);
        }),
      `${media.origin}/media/list.m3u8`,
    );

    expect(seconds).toBeGreaterThan(5);
    expectRefreshed(
      ['/media/list.m3u8', 'GET'],
      ...[0, 1, 2].map((index) => [`/media/segment-${index}.mp3`, 'GET'] as const),
    );
  });

  test('Leaflet, with each of its tiles', async ({ held }) => {
    await open(held, '/with-leaflet', {
      scripts: ['/clients/leaflet.js'],
      body: '<link rel="stylesheet" href="/clients/leaflet.css"><div id="map" style="height: 500px"></div>',
    });

    const tiles = await held.evaluate(
      (url) =>
        new Promise<{ count: number; failed: number }>((resolve) => {
          const { L } = Object(window);
          const map = L.map('map').setView([51, 0], 3);
          const layer = L.tileLayer(`${url}/tiles/{z}/{x}/{y}`);
          let failed = 0;
          layer.on('tileerror', () => {
            failed += 1;
          });
          layer.on('load', () => resolve({ count: document.querySelectorAll('.leaflet-tile-loaded').length, failed }));
          layer.addTo(map);
        }),
      media.origin,
    );

    expect(tiles.failed).toBe(0);
    expect(tiles.count).toBeGreaterThan(3);
    expect(media.requests.count()).toBeGreaterThanOrEqual(tiles.count);
    expectRefreshed();
  });
});
