import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { getRequestListener } from '@hono/node-server';
import { Hono, type MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { streamSSE } from 'hono/streaming';

import { checkAccessTokens, type Introspection } from './access-token.ts';
import { createProofCheck, type DpopSettings } from './dpop-proof.ts';
import { Faults, type FaultRule } from './faults.ts';
import { HttpLog, type HttpRequest } from './http-log.ts';
import { letFaultsHappen, logRequests, type HttpEnvironment } from './http-middleware.ts';
import { listen } from './listener.ts';
import { drawPicture } from '../../demo/pictures.ts';
import { requireAccessToken, requireScope, requireStepUp, type StepUpRule } from './require-access-token.ts';

/** How to start the API. */
export interface ApiOptions extends Partial<DpopSettings> {
  /** The authorization server whose access tokens are valid. */
  readonly issuer: string;
  /** The `aud` that access tokens must have. */
  readonly audience: string;
  /** Where the authorization server's keys are; `/jwks` at the issuer's origin by default. */
  readonly jwksUri?: string;
  /** Where to ask about access tokens that are no JWTs; by default, they all are. */
  readonly introspection?: Introspection;
  /** Origins of apps that may call; more can be added later. */
  readonly allowedOrigins?: readonly string[];
  /** The port to try first; any free port by default. */
  readonly port?: number;
  /** Asked before each request is processed: how it goes wrong, if it does. */
  readonly beforeEndpoint?: FaultRule<HttpRequest>;
}

/** A running API. */
export interface Api {
  readonly origin: string;
  readonly port: number;
  /** What an app configures as its protected resource: `{origin}/api`. */
  readonly url: string;
  /** Every request of the run. */
  readonly requests: HttpLog;
  /** What goes wrong. */
  readonly faults: Faults<HttpRequest>;
  /** What the API wants of requests with DPoP. */
  configure(settings: Partial<DpopSettings>): void;
  /** Requires more of access tokens than that they are valid, from now on. */
  requireStepUp(rule: StepUpRule | undefined): void;
  /** Sets the clock by which access tokens expire ahead of the right time. */
  setClockAhead(aheadMs: number): void;
  /** Makes another nonce for DPoP proofs: those with the one before are refused. */
  renewNonce(): void;
  /** Lets the pages of another origin call. */
  addOrigin(origin: string): void;
  /** Cuts every connection, old and new. */
  goOffline(): void;
  /** Ends {@link Api.goOffline}. */
  goOnline(): void;
  /** Ends the server. */
  close(): Promise<void>;
}

interface Note {
  readonly id: string;
  readonly text: string;
}

const REALM = 'notes';

/**
 * Starts the demo's API on an origin of its own. It knows nothing of the library: it wants a JWT access token in the
 * `Authorization` header and answers with the challenges of RFC 6750 otherwise.
 */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { issuer, audience, allowedOrigins = [], port, beforeEndpoint, dpop = 'allowed', dpopNonce = 'off' } = options;
  const { jwksUri, introspection } = options;
  let settings: DpopSettings = { dpop, dpopNonce };
  let stepUpRule: StepUpRule | undefined;
  let aheadMs = 0;
  const proofs = createProofCheck({ issuer, audience });
  const origins = new Set(allowedOrigins);
  const requests = new HttpLog();
  const faults = new Faults<HttpRequest>(beforeEndpoint);
  const notes = new Map<string, Note[]>();
  const notesOf = (sub: string = ''): Note[] => {
    const own = notes.get(sub) ?? [{ id: randomUUID(), text: 'Buy a second padlock' }];
    notes.set(sub, own);
    return own;
  };

  const app = new Hono<HttpEnvironment>();

  app.use(logRequests(requests));
  app.use(
    cors({
      origin: (origin) => (origins.has(origin) ? origin : null),
      allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      exposeHeaders: ['WWW-Authenticate', 'DPoP-Nonce', 'Location'],
      // Each distinct URL with an Authorization header costs a preflight; Chromium keeps the answer for two hours at most.
      maxAge: 7200,
    }),
  );
  app.use(letFaultsHappen(faults));

  app.get('/api/status', (context) => context.json({ status: 'open', audience }));

  app.use('/api/*', async (context, next) => {
    await next();
    // With every answer (RFC 9449, section 9).
    if (settings.dpopNonce === 'required') context.header('dpop-nonce', proofs.nonce());
  });
  const check = checkAccessTokens({
    issuer,
    audience,
    realm: REALM,
    proofs,
    settings: () => settings,
    now: () => Date.now() + aheadMs,
    jwksUri,
    introspection,
  });
  app.use('/api/*', requireAccessToken(check));
  app.use(
    '/api/*',
    requireStepUp(() => stepUpRule),
  );
  const needs = (scope: string): MiddlewareHandler<HttpEnvironment> => requireScope(REALM, scope);

  app.get('/api/me', (context) => {
    const { sub, scopes, expiresAtMs = 0 } = context.get('authorization') ?? {};
    return context.json({ sub, scopes, tokenExpiresInSeconds: Math.round((expiresAtMs - Date.now()) / 1000) });
  });

  app.get('/api/notes', needs('notes:read'), (context) => context.json(notesOf(context.get('authorization')?.sub)));
  app.post('/api/notes', needs('notes:write'), async (context) => {
    const body: unknown = await context.req.json().catch(() => undefined);
    const own = notesOf(context.get('authorization')?.sub);
    const id = memberOf(body, 'id');
    const known = own.find((candidate) => candidate.id === id);
    // A request that comes out of an outbox may come twice.
    if (known) return context.json(known);
    const note: Note = { id: /^[\w-]{1,64}$/.test(id) ? id : randomUUID(), text: textOf(body) };
    own.push(note);
    return context.json(note, 201, { location: `/api/notes/${note.id}` });
  });
  app.put('/api/notes/:id', needs('notes:write'), async (context) => {
    const own = notesOf(context.get('authorization')?.sub);
    const index = own.findIndex(({ id }) => id === context.req.param('id'));
    if (index < 0) return context.notFound();
    const note: Note = { id: context.req.param('id'), text: textOf(await context.req.json().catch(() => undefined)) };
    own[index] = note;
    return context.json(note);
  });
  app.delete('/api/notes/:id', needs('notes:write'), (context) => {
    const own = notesOf(context.get('authorization')?.sub);
    const index = own.findIndex(({ id }) => id === context.req.param('id'));
    if (index < 0) return context.notFound();
    own.splice(index, 1);
    return context.body(null, 204);
  });

  app.get('/api/pictures/:name', needs('notes:read'), (context) =>
    context.body(drawPicture(context.req.param('name')), 200, { 'content-type': 'image/svg+xml' }),
  );

  app.get('/api/reports', needs('reports:read'), (context) =>
    context.json([{ id: 1, title: 'Quarterly padlock report' }]),
  );

  app.post('/api/upload', async (context) => {
    const { size, sha256 } = await digest(context.req.raw.body);
    return context.json({ name: context.req.query('name'), size, sha256 });
  });

  app.get('/api/events', (context) =>
    streamSSE(context, async (stream) => {
      const everyMs = Number(context.req.query('everyMs') ?? 1000);
      const count = Number(context.req.query('count') ?? Infinity);
      const first = Number(context.req.header('last-event-id') ?? 0) + 1;
      for (let id = first; id < first + count && !stream.aborted; id += 1) {
        await stream.writeSSE({ id: String(id), event: 'reading', data: JSON.stringify(reading(id)) });
        await stream.sleep(everyMs);
      }
    }),
  );

  app.get('/api/slow', async (context) => {
    await delay(Number(context.req.query('ms') ?? 1500));
    return context.json({ slept: true });
  });

  app.all('/api/echo', async (context) => {
    const { size, sha256 } = await digest(context.req.raw.body);
    return context.json({
      method: context.req.method,
      query: context.req.query(),
      // The names only: an API that echoed the values would hand the access token to the page.
      headerNames: Object.keys(context.req.header()).toSorted(),
      contentType: context.req.header('content-type') ?? null,
      size,
      sha256,
    });
  });

  app.onError((_error, context) => context.json({ title: 'The API cannot answer now.', status: 503 }, 503));
  app.notFound((context) => context.json({ title: 'There is nothing here.', status: 404 }, 404));

  // Unit tests of one process share its Response.
  const own = { overrideGlobalObjects: false };
  const listener = await listen(() => getRequestListener((request, env) => app.fetch(request, env), own), port);

  return {
    origin: listener.origin,
    port: listener.port,
    url: `${listener.origin}/api`,
    requests,
    faults,
    configure: (changes) => {
      settings = { ...settings, ...changes };
    },
    requireStepUp: (rule) => {
      stepUpRule = rule;
    },
    setClockAhead: (ms) => {
      aheadMs = ms;
    },
    renewNonce: proofs.renewNonce,
    addOrigin: (origin) => {
      origins.add(origin);
    },
    goOffline: listener.goOffline,
    goOnline: listener.goOnline,
    close: listener.close,
  };
}

async function digest(body: ReadableStream<Uint8Array> | null): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  if (body !== null) {
    for await (const chunk of body) {
      hash.update(chunk);
      size += chunk.byteLength;
    }
  }
  return { size, sha256: hash.digest('hex') };
}

/** What the feed reports: the height of a tide that turns once a minute. */
function reading(id: number): { readonly id: number; readonly heightMetres: number } {
  return { id, heightMetres: Math.round(100 * (3 + 2 * Math.sin((Date.now() / 60_000) * 2 * Math.PI))) / 100 };
}

function textOf(body: unknown): string {
  return memberOf(body, 'text').slice(0, 1000);
}

function memberOf(body: unknown, name: string): string {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  return typeof value === 'string' ? value : '';
}
