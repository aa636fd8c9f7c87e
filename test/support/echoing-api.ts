import { getRequestListener } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { cors } from 'hono/cors';
import { stream, streamSSE } from 'hono/streaming';
import type { Alarm } from 'tokenward';
import { listen } from '../servers/listener.ts';

/** An API whose debug page gives the header fields of a request back, and an endpoint that takes alarms. */
export interface EchoingApi {
  readonly origin: string;
  /** The access token of the latest request. */
  token(): string;
  /** The alarms that were reported, as they came. */
  readonly reports: readonly Report[];
  clearReports(): void;
  /** How many requests the page has ended before their answer. */
  countAborted(): number;
  close(): Promise<void>;
}

/** A report of an alarm, and what came along. */
export interface Report {
  readonly alarm: Alarm;
  readonly contentType: string | undefined;
  readonly authorization: string | undefined;
}

/** The ways in which the debug page writes the access token. */
export const WAYS_TO_ECHO = [
  'text',
  'json',
  'html',
  'base64',
  'url',
  'header',
  'redirect',
  'halves',
  'error',
  'events',
  'proof',
] as const;

/** One of {@link WAYS_TO_ECHO}. */
export type WayToEcho = (typeof WAYS_TO_ECHO)[number];

/** Starts the API on an origin of its own; below `/guarded` and `/naive` it is the same. */
export async function startEchoingApi(): Promise<EchoingApi> {
  let token = '';
  let aborted = 0;
  const reports: Report[] = [];
  const app = new Hono();
  app.use(cors({ origin: '*', exposeHeaders: ['X-Request'] }));
  app.post('/alarms', async (context) => {
    const { authorization, 'content-type': contentType } = context.req.header();
    reports.push({ alarm: await context.req.json(), contentType, authorization });
    return context.body(null, 204);
  });
  app.use('/:kind/*', async (context, next) => {
    token = context.req.header('authorization')?.split(' ')[1] ?? token;
    await next();
  });
  app.get('/:kind/debug/:way', (context) => echo(context, context.req.param('way')));
  for (const status of [204, 205, 304] as const) {
    app.all(`/:kind/status/${status}`, (context) => context.newResponse(null, status));
  }
  app.get('/:kind/notes', (context) => context.json([{ id: 1 }]));
  app.get('/:kind/moved', (context) => context.redirect(`/${context.req.param('kind')}/notes`));
  app.get('/:kind/endless', (context) =>
    stream(context, async (body) => {
      const ended = new Promise<void>((resolve) => {
        body.onAbort(() => {
          aborted += 1;
          resolve();
        });
      });
      await body.write('first part\n');
      await ended;
    }),
  );
  const listener = await listen(() => getRequestListener(app.fetch));
  return {
    origin: listener.origin,
    token: () => token,
    reports,
    clearReports: () => void reports.splice(0),
    countAborted: () => aborted,
    close: listener.close,
  };
}

function echo(context: Context, way: string): Response | Promise<Response> {
  const authorization = context.req.header('authorization') ?? '';
  switch (way) {
    case 'json':
      return context.json(context.req.header());
    case 'html':
      return context.html(`<!doctype html><pre>Authorization: ${authorization}</pre>`);
    case 'base64':
      return context.text(btoa(JSON.stringify(context.req.header())));
    case 'url':
      return context.text(`curl '/?authorization=${encodeURIComponent(authorization)}'`);
    case 'header':
      return context.text('fine', 200, { 'x-request': authorization });
    case 'redirect':
      return context.redirect(`/${context.req.param('kind')}/notes?authorization=${encodeURIComponent(authorization)}`);
    case 'error':
      return context.text(`Cannot GET with ${authorization}`, 500);
    case 'proof':
      return context.text(`DPoP: ${context.req.header('dpop') ?? ''}`);
    case 'halves':
      return stream(context, async (body) => {
        const middle = authorization.length - 30;
        await body.write(authorization.slice(0, middle));
        // Apart on the network too.
        await body.sleep(50);
        await body.write(authorization.slice(middle));
      });
    case 'events':
      return streamSSE(context, async (events) => {
        await events.writeSSE({ data: 'fine' });
        await events.writeSSE({ data: authorization });
      });
    default:
      return context.text(authorization);
  }
}
