import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type Api } from '../servers/api.ts';
import { listen, type Listener } from '../servers/listener.ts';

const ISSUER = 'https://as.example';
const AUDIENCE = 'urn:tokenward:test:api';
const ACTIVE = { active: true, iss: ISSUER, aud: AUDIENCE, sub: 'ada', scope: 'notes:read', exp: 4_000_000_000 };

let said: { readonly status: number; readonly body: object };
let endpoint: Listener;
let api: Api;
beforeAll(async () => {
  endpoint = await listen(() => (_request, response) => {
    response.writeHead(said.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(said.body));
  });
  const introspection = { url: endpoint.origin, clientId: 'spa' };
  api = await startApi({ issuer: ISSUER, audience: AUDIENCE, introspection });
});
afterAll(() => Promise.all([endpoint.close(), api.close()]));

describe('an API that asks about opaque access tokens (RFC 7662)', () => {
  test.for<[what: string, status: number, answer: { status: number; body: object }]>([
    ['takes one that is active', 200, { status: 200, body: ACTIVE }],
    ['refuses one that is not', 401, { status: 200, body: { active: false } }],
    ['refuses one of another issuer', 401, { status: 200, body: { ...ACTIVE, iss: 'https://other.example' } }],
    ['refuses one that is for another API', 401, { status: 200, body: { ...ACTIVE, aud: 'urn:other' } }],
    ['says that it cannot answer when the server does not tell', 503, { status: 500, body: {} }],
  ])('%s', async ([, status, answer]) => {
    said = answer;

    const response = await fetch(`${api.url}/me`, { headers: { authorization: 'Bearer opaque' } });

    expect(response.status).toBe(status);
  });
});
