// netlify/edge-functions/tokenward.js: every response of a Netlify site. See platforms.md beside it.
// To adapt: the three origins, and the path of the worker script, which is deployed as any other file.
import { createSecurityPolicy, createTokenwardHandler, withSecurityHeaders } from 'tokenward/server';

const site = {
  origin: 'https://app.example',
  authorizationServers: ['https://login.example'],
  protectedResources: ['https://api.example'],
};
const path = '/tokenward-sw.js';
const policy = createSecurityPolicy({ ...site, worker: { path } });

export default async function tokenward(request, context) {
  // The whole file, whatever the browser asks of it: by a request without its method and conditions.
  const script = async () => {
    const file = await context.next(new Request(request.url));
    if (!/javascript/.test(file.headers.get('content-type') ?? '')) throw new Error(`There is no script at ${path}.`);
    return file.text();
  };
  const handle = createTokenwardHandler({ ...site, worker: { path, script } });
  return (await handle(request, policy)) ?? withSecurityHeaders(await context.next(), policy);
}

// An error must not let the file out as it is.
export const config = { path: '/*', onError: 'fail' };
