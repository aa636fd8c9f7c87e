import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import { stream, streamSSE } from 'hono/streaming';
import { listen } from '../servers/listener.ts';
import { silence } from './wave.ts';

/** A request as it reached the mirror. */
export interface MirroredRequest {
  readonly method: string;
  /** Path and query below the run. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly size: number; readonly sha256: string };
}

/** A server that takes down all that it gets, and answers in every way that a page could notice. */
export interface Mirror {
  readonly origin: string;
  /** What a run's requests go to; each run has a place of its own. */
  urlOf(run: string): string;
  /** What reached it in a run, preflights left out. */
  received(run: string): readonly MirroredRequest[];
  /** Answers what hangs in a run: an engine may leave a worker waiting for what its page has given up. */
  letGo(run: string): void;
  close(): Promise<void>;
}

type MirrorContext = Context<{ Bindings: HttpBindings }>;

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** Replaces the length of a form in parts: Firefox makes boundaries of 52 to 55 characters. */
function describeHeaders(
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): Readonly<Record<string, string>> {
  const isOfBody = headers['content-length'] === String(body.byteLength);
  const isInParts = headers['content-type']?.startsWith('multipart/') === true;
  return isInParts && isOfBody ? { ...headers, 'content-length': 'that of the body' } : headers;
}

/** Starts a mirror on an origin of its own. Every origin may ask it, with credentials. */
export async function startMirror(): Promise<Mirror> {
  const runs = new Map<string, MirroredRequest[]>();
  const waiting = new Map<string, () => void>();
  const hanging = new Map<string, (() => void)[]>();
  /** What to do when a request of a run begins to hang. */
  const whenHanging = new Map<string, () => void>();
  const app = new Hono<{ Bindings: HttpBindings }>();

  app.use(async (context, next) => {
    const { method } = context.req;
    if (method === 'OPTIONS' && context.req.header('access-control-request-method') !== undefined) {
      return new Response(null, { status: 204, headers: corsHeaders(context) });
    }
    await next();
    if (context.req.path.endsWith('/without-cors')) return undefined;
    for (const [name, value] of Object.entries(corsHeaders(context))) context.header(name, value);
    return undefined;
  });

  app.use('/api/:run/*', async (context, next) => {
    const run = context.req.param('run');
    const body = new Uint8Array(await context.req.arrayBuffer().catch(() => new ArrayBuffer(0)));
    const { pathname, search } = new URL(context.req.url);
    const requests = runs.get(run) ?? [];
    runs.set(run, requests);
    requests.push({
      method: context.req.method,
      path: pathname.slice(`/api/${run}`.length) + search,
      headers: describeHeaders(context.req.header(), body),
      body: describeBody(body, context.req.header('content-type')),
    });
    await next();
  });

  const at = (path: string, answer: (context: MirrorContext) => Response | Promise<Response>): void => {
    app.all(`/api/:run/${path}`, answer);
  };
  at('echo', (context) =>
    context.json({ method: context.req.method }, 200, { 'x-exposed': 'yes', 'x-hidden': 'yes', etag: '"1"' }),
  );
  at('status/:code', (context) => {
    const status = Number(context.req.param('code'));
    const headers = { 'www-authenticate': 'Basic realm="mirror"', 'content-type': 'text/plain' };
    return new Response([204, 304].includes(status) ? null : `status ${status}`, { status, headers });
  });
  at('without-cors', (context) => context.text('secret'));
  at('redirect/:code', (context) => {
    const location = context.req.query('to') ?? '';
    return new Response(null, { status: Number(context.req.param('code')), headers: { location } });
  });
  at('bytes', (context) => {
    const size = Number(context.req.query('size'));
    return context.body(new Uint8Array(size).fill(7), 200, { 'content-type': 'application/octet-stream' });
  });
  at('gzip', (context) =>
    context.body(gzipSync('gzipped '.repeat(1000)), 200, { 'content-encoding': 'gzip', 'content-type': 'text/plain' }),
  );
  at('cacheable', (context) => {
    const headers = { 'cache-control': 'max-age=60', etag: '"cached"', 'content-type': 'text/plain' };
    const isSame = context.req.header('if-none-match') === '"cached"';
    return new Response(isSame ? null : 'cacheable', { status: isSame ? 304 : 200, headers });
  });
  at('cookie', (context) =>
    context.text('cookie', 200, { 'set-cookie': `${context.req.query('name')}=1; Path=/; SameSite=Lax` }),
  );
  at('drip', (context) =>
    stream(context, async (body) => {
      await body.write('first ');
      await new Promise<void>((resolve) => {
        waiting.set(context.req.param('run') ?? '', resolve);
        body.onAbort(resolve);
      });
      await body.write('last');
    }),
  );
  at('release', (context) => {
    waiting.get(context.req.param('run') ?? '')?.();
    return context.text('released');
  });
  at('hang', (context) => {
    const run = context.req.param('run') ?? '';
    return new Promise<Response>((resolve) => {
      hanging.set(run, [...(hanging.get(run) ?? []), () => resolve(context.text('too late'))]);
      whenHanging.get(run)?.();
    });
  });
  at('cut', (context) => {
    context.env.incoming.socket.destroy();
    return RESPONSE_ALREADY_SENT;
  });
  at('break-off', (context) => {
    const { outgoing } = context.env;
    outgoing.writeHead(200, { ...corsHeaders(context), 'content-length': '1000', 'content-type': 'text/plain' });
    // Late enough for the page to have seen that there is an answer.
    outgoing.write('half', () => setTimeout(() => outgoing.destroy(), 1000));
    return RESPONSE_ALREADY_SENT;
  });
  at('events', (context) =>
    streamSSE(context, async (events) => {
      const first = Number(context.req.header('last-event-id') ?? 0) + 1;
      await events.write('retry: 10\n\n');
      for (let id = first; id < first + 2; id += 1) {
        await events.writeSSE({ id: String(id), event: 'count', data: `${id}\nlines` });
      }
    }),
  );
  at('image.png', () => new Response(PIXEL, { headers: { 'content-type': 'image/png' } }));
  at('style.css', () => new Response('body { color: rgb(1, 2, 3); }', { headers: { 'content-type': 'text/css' } }));
  at('script.js', () => new Response('window.mirrored = 7;', { headers: { 'content-type': 'text/javascript' } }));
  at(
    'track.vtt',
    () => new Response('WEBVTT\n\n00:00.000 --> 00:01.000\nHi\n', { headers: { 'content-type': 'text/vtt' } }),
  );
  at('font.woff2', () => new Response('no font', { headers: { 'content-type': 'font/woff2' } }));
  at('page.html', () => new Response('<title>Page</title>', { headers: { 'content-type': 'text/html' } }));
  at('audio.wav', (context) => {
    const bytes = silence(2);
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(context.req.header('range') ?? '') ?? [];
    const headers = { 'content-type': 'audio/wav', 'accept-ranges': 'bytes' };
    if (from === undefined) return new Response(bytes, { headers });
    const end = to === undefined || to === '' ? bytes.length - 1 : Number(to);
    const range = `bytes ${from}-${end}/${bytes.length}`;
    const part = bytes.slice(Number(from), end + 1);
    return new Response(part, { status: 206, headers: { ...headers, 'content-range': range } });
  });
  // A question of the page about its own request is no request of the run.
  app.get('/hanging/:run', async (context) => {
    const run = context.req.param('run');
    if (!hanging.has(run)) await new Promise<void>((resolve) => whenHanging.set(run, resolve));
    return context.text('hangs');
  });
  app.notFound((context) => context.text('nothing', 404));

  const listener = await listen(() => getRequestListener((request, env) => app.fetch(request, env)));
  return {
    origin: listener.origin,
    urlOf: (run) => `${listener.origin}/api/${run}`,
    received: (run) => runs.get(run) ?? [],
    letGo: (run) => {
      for (const answer of hanging.get(run) ?? []) answer();
    },
    close: listener.close,
  };
}

function corsHeaders(context: MirrorContext): Readonly<Record<string, string>> {
  const request = (name: string): string => context.req.header(`access-control-request-${name}`) ?? '';
  return {
    'access-control-allow-origin': context.req.header('origin') ?? '*',
    'access-control-allow-credentials': 'true',
    'access-control-allow-headers': request('headers'),
    'access-control-allow-methods': request('method'),
    'access-control-expose-headers': 'x-exposed, etag, content-range',
    vary: 'origin',
  };
}

/** The bytes; a form's without the boundary, which is another one each time. */
function describeBody(bytes: Uint8Array, contentType: string = ''): MirroredRequest['body'] {
  const boundary = /boundary=(.+)$/.exec(contentType)?.[1];
  const compared =
    boundary === undefined
      ? bytes
      : Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll(boundary, 'boundary'), 'latin1');
  return { size: compared.byteLength, sha256: createHash('sha256').update(compared).digest('hex') };
}
