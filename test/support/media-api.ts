import { getRequestListener } from '@hono/node-server';
import { buildSchema, graphql } from 'graphql';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { checkAccessTokens } from '../servers/access-token.ts';
import { API_AUDIENCE } from '../servers/authorization-server-configuration.ts';
import { createProofCheck } from '../servers/dpop-proof.ts';
import { HttpLog } from '../servers/http-log.ts';
import { type HttpEnvironment, logRequests } from '../servers/http-middleware.ts';
import { listen } from '../servers/listener.ts';
import { requireAccessToken } from '../servers/require-access-token.ts';
import { silentFrames } from './mp3.ts';

/** An API of GraphQL, map tiles and media, all of which want an access token. */
export interface MediaApi {
  readonly origin: string;
  readonly requests: HttpLog;
  close(): Promise<void>;
}

const SCHEMA = buildSchema(`
  type Note { id: ID!, text: String! }
  type Query { notes: [Note!]! }
  type Mutation { addNote(text: String!): Note! }
`);

const SEGMENTS = 3;
const SECONDS = 2;

const PLAYLIST = [
  '#EXTM3U',
  '#EXT-X-VERSION:3',
  `#EXT-X-TARGETDURATION:${SECONDS}`,
  '#EXT-X-PLAYLIST-TYPE:VOD',
  ...Array.from({ length: SEGMENTS }, (_, index) => `#EXTINF:${SECONDS},\nsegment-${index}.mp3`),
  '#EXT-X-ENDLIST',
].join('\n');

const TILE = `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"><rect width="256" height="256" fill="teal"/></svg>`;

/**
 * Starts the API on an origin of its own.
 *
 * @param issuer the authorization server whose access tokens are valid
 */
export async function startMediaApi(issuer: string): Promise<MediaApi> {
  const requests = new HttpLog();
  const notes = [{ id: '1', text: 'Buy a second padlock' }];
  const app = new Hono<HttpEnvironment>();
  app.use(logRequests(requests));
  app.use(cors({ origin: '*', allowMethods: ['GET', 'POST'], exposeHeaders: ['WWW-Authenticate'] }));
  const settings = { dpop: 'allowed', dpopNonce: 'off' } as const;
  const proofs = createProofCheck({ issuer, audience: API_AUDIENCE });
  app.use(
    requireAccessToken(
      checkAccessTokens({ issuer, audience: API_AUDIENCE, realm: 'media', proofs, settings: () => settings }),
    ),
  );

  app.post('/graphql', async (context) => {
    const { query, variables } = await context.req.json();
    const rootValue = {
      notes,
      addNote: ({ text }: { text: string }) => {
        const note = { id: String(notes.length + 1), text };
        notes.push(note);
        return note;
      },
    };
    return context.json(await graphql({ schema: SCHEMA, source: query, variableValues: variables, rootValue }));
  });
  app.get('/tiles/:z/:x/:y', (context) => context.body(TILE, 200, { 'content-type': 'image/svg+xml' }));
  app.get('/media/list.m3u8', (context) =>
    context.body(PLAYLIST, 200, { 'content-type': 'application/vnd.apple.mpegurl' }),
  );
  app.get('/media/:segment', (context) => context.body(silentFrames(SECONDS), 200, { 'content-type': 'audio/mpeg' }));

  const listener = await listen(() => getRequestListener((request, env) => app.fetch(request, env)));
  return { origin: listener.origin, requests, close: listener.close };
}
