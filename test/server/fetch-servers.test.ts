import { TEXT_MODULES } from '../support/text-modules.ts';
import { createContext, runInContext } from 'node:vm';
import { serve as serveWithHono } from '@hono/node-server';
import { build } from 'esbuild';
import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { createSecurityPolicy, createTokenwardHandler, withSecurityHeaders } from '../../src/server/index.ts';
import { BY_BROWSER, DEPLOYMENT, request, SCRIPT, splitSecret } from './deployment.ts';
import { send } from './http-client.ts';

const handle = createTokenwardHandler(DEPLOYMENT);
const policy = createSecurityPolicy(DEPLOYMENT);

describe('in Hono', () => {
  const app = new Hono();
  app.use(async (context, next) => {
    const response = await handle(context.req.raw);
    if (response !== undefined) return response;
    await next();
    const secured = withSecurityHeaders(context.res, policy);
    // Set over another response, Hono would put that one's headers back.
    context.res = undefined;
    context.res = secured;
    return undefined;
  });
  app.get('/', (context) => {
    context.header('content-security-policy', "script-src 'self'");
    return context.html('<!doctype html><title>app</title>');
  });
  app.post('/notes', async (context) => context.json(await context.req.json(), 201));
  app.get('/broken', () => {
    throw new Error('broken');
  });
  app.onError((error, context) => context.text(error.message, 500));

  test('is one middleware on a real server', async () => {
    // The tests of this project share a process, and its Response.
    const own = { overrideGlobalObjects: false };
    const server = serveWithHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1', ...own });
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port.');
    const origin = `http://127.0.0.1:${address.port}`;

    const script = await send(`${origin}/tokenward-sw.js`, { headers: BY_BROWSER });
    const checked = await send(`${origin}/tokenward-sw.js`, {
      headers: { ...BY_BROWSER, 'if-none-match': script.headers.etag ?? '' },
    });
    const stolen = await send(`${origin}/tokenward-sw.js`);
    const callback = await send(`${origin}/auth/callback?_`);
    const page = await send(`${origin}/`);
    await new Promise((resolve) => server.close(resolve));

    expect(splitSecret(script.body).script).toBe(SCRIPT);
    expect(script.lines('content-security-policy')).toEqual([
      "default-src 'none'; script-src 'self'; connect-src https://login.example https://api.example",
    ]);
    expect(checked.status).toBe(304);
    expect(stolen.status).toBe(403);
    expect(callback.headers['content-security-policy']).toMatch(/^sandbox;/);
    expect(page.lines('content-security-policy').join(', ')).toMatch(/^script-src 'self', frame-src 'none';/);
  });

  test('leaves bodies to the app, and secures its errors and its 404', async () => {
    const note = await app.request('/notes', { method: 'POST', body: '{"note":"kept"}' });
    const responses = [note, await app.request('/broken'), await app.request('/nothing')];

    expect(await note.json()).toEqual({ note: 'kept' });
    expect(responses.map(({ status }) => status)).toEqual([201, 500, 404]);
    for (const { headers } of responses) {
      expect(headers.get('content-security-policy')).toContain("frame-src 'none'");
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    }
  });
});

describe('in a worker at the edge', () => {
  const assets = { fetch: (asked: Request) => Promise.resolve(new Response(`file ${new URL(asked.url).pathname}`)) };
  const edge = {
    fetch: async (asked: Request): Promise<Response> =>
      (await handle(asked)) ?? withSecurityHeaders(await assets.fetch(asked), policy),
  };

  test('is a fetch function that composes with the one that serves the files', async () => {
    const script = await edge.fetch(request('/tokenward-sw.js', BY_BROWSER));
    const file = await edge.fetch(request('/index.html'));

    expect(splitSecret(await script.text()).script).toBe(SCRIPT);
    expect(await file.text()).toBe('file /index.html');
    expect(file.headers.get('content-security-policy')).toContain("object-src 'none'");
  });

  test('needs nothing but Web standards', async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: ['src/server/index.ts'],
      bundle: true,
      format: 'iife',
      globalName: 'server',
      platform: 'neutral',
      plugins: [TEXT_MODULES],
      metafile: true,
      write: false,
    });
    const bundle = outputFiles[0]?.text ?? '';
    const context = createContext({
      Headers,
      Request,
      Response,
      TextDecoder,
      TextEncoder,
      URL,
      btoa,
      crypto,
      Uint8Array,
    });

    runInContext(`${bundle}; var handle = server.createTokenwardHandler(${JSON.stringify(DEPLOYMENT)});`, context);
    const answers: unknown = runInContext(
      `Promise.all(['/tokenward-sw.js', '/auth/callback?_'].map(async (path) => {
        const headers = path.endsWith('.js') ? ${JSON.stringify(BY_BROWSER)} : {};
        return (await handle(new Request('https://app.example' + path, { headers }))).text();
      }))`,
      context,
    );

    expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
    expect(await answers).toEqual([
      expect.stringMatching(/^self\.__tokenwardSecret="[A-Za-z0-9_-]{43}";/),
      expect.stringContaining('Sign-in could not be completed here'),
    ]);
  });
});
