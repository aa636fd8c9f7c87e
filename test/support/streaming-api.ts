import { createSecureServer } from 'node:http2';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { LOCALHOST_CERTIFICATE } from './localhost-certificate.ts';
import { portOf } from './port-of.ts';

/** An upload as it came to the server. */
export interface Upload {
  readonly authorization: string | undefined;
  size: number;
}

/** An API over HTTP/2 that takes uploads, and can be asked meanwhile how much has come. */
export interface StreamingApi {
  readonly origin: string;
  readonly uploads: readonly Upload[];
  /** Refuses the token of the next upload as invalid, once all of it has come. */
  refuseNext(): void;
  close(): Promise<void>;
}

/** Starts the API on an origin of its own. */
export async function startStreamingApi(): Promise<StreamingApi> {
  const uploads: Upload[] = [];
  let isRefusing = false;
  const app = new Hono();
  app.use(cors({ origin: '*', exposeHeaders: ['WWW-Authenticate'] }));
  app.post('/api/upload', async (context) => {
    const upload: Upload = { authorization: context.req.header('authorization'), size: 0 };
    uploads.push(upload);
    for await (const chunk of context.req.raw.body ?? []) upload.size += chunk.byteLength;
    if (!isRefusing) return context.json(upload.size);
    isRefusing = false;
    return context.json('refused', 401, { 'www-authenticate': 'Bearer error="invalid_token"' });
  });
  app.get('/api/uploaded', (context) => context.json(uploads.at(-1)?.size ?? 0));

  const listener = getRequestListener(app.fetch);
  const server = createSecureServer(LOCALHOST_CERTIFICATE, (request, response) => void listener(request, response));
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return {
    origin: `https://localhost:${portOf(server)}`,
    uploads,
    refuseNext: () => {
      isRefusing = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const session of sessions) session.destroy();
      }),
  };
}
