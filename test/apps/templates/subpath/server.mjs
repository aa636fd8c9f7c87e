// tokenward:begin
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createSecurityPolicy, createTokenwardHandler, secureClientErrors, toNodeListener } from 'tokenward/server';
// tokenward:end
import sirv from 'sirv';

const [folder] = process.argv.slice(2);
const files = sirv(folder, { single: true });

/** Serves the files at /app/, as a proxy in front of several apps does. */
function app(request, response) {
  if (!request.url.startsWith('/app/')) return response.writeHead(404).end('There is nothing here.');
  request.url = request.url.slice('/app'.length);
  files(request, response);
}

// tokenward:begin
const deployment = {
  origin: 'https://app.example',
  base: '/app/',
  worker: { path: '/app/tokenward-sw.js', script: () => readFile(`${folder}/tokenward-sw.js`, 'utf8') },
  authorizationServers: ['https://login.example'],
  protectedResources: ['https://api.example/v1'],
};
const listener = toNodeListener(createTokenwardHandler(deployment), {
  policy: createSecurityPolicy(deployment),
  next: (request, response) => app(request, response),
});
secureClientErrors(createServer(listener).listen(Number(process.env.PORT), 'localhost'));
// tokenward:end
