import { createServer } from 'node:http';
import { createSecurityPolicy, createTokenwardHandler, toNodeListener } from 'tokenward/server';

const deployment = {
  origin: 'https://app.example',
  worker: { path: '/tokenward-sw.js', script: '' },
  authorizationServers: ['https://login.example'],
  protectedResources: ['https://api.example/v1'],
};
export const server = createServer(
  toNodeListener(createTokenwardHandler(deployment), {
    policy: createSecurityPolicy(deployment),
    next: (_request, response) => response.end(),
  }),
);
