// tokenward:begin
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createSecurityPolicy, createTokenwardHandler, secureClientErrors, toNodeListener } from 'tokenward/server';
// tokenward:end
import sirv from 'sirv';

const [folder] = process.argv.slice(2);
const app = sirv(folder, { single: true });

// tokenward:begin
const deployment = {
  origin: 'https://app.example',
  worker: { path: '/sw.js', script: () => readFile(`${folder}/sw.js`, 'utf8') },
  authorizationServers: ['https://login.example'],
  protectedResources: ['https://api.example/v1'],
  workerConnections: ["'self'"],
};
const listener = toNodeListener(createTokenwardHandler(deployment), {
  policy: createSecurityPolicy(deployment),
  next: (request, response) => app(request, response),
});
secureClientErrors(createServer(listener).listen(Number(process.env.PORT), 'localhost'));
// tokenward:end
