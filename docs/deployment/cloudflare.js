// worker.js: a Cloudflare Worker with static assets. See platforms.md beside it, and cloudflare.wrangler.json.
// To adapt: the three origins, and the path of the worker script, which is an asset as any other.
import { createSecurityPolicy, createTokenwardHandler, withSecurityHeaders } from 'tokenward/server';

const site = {
  origin: 'https://app.example',
  authorizationServers: ['https://login.example'],
  protectedResources: ['https://api.example'],
};
const path = '/tokenward-sw.js';
const policy = createSecurityPolicy({ ...site, worker: { path } });

export default {
  async fetch(request, env) {
    // The whole file, whatever the browser asks of it: by a request without its method and conditions.
    const script = async () => {
      const file = await env.ASSETS.fetch(new Request(request.url));
      if (!/javascript/.test(file.headers.get('content-type') ?? '')) throw new Error(`There is no script at ${path}.`);
      return file.text();
    };
    const handle = createTokenwardHandler({ ...site, worker: { path, script } });
    return (await handle(request, policy)) ?? withSecurityHeaders(await env.ASSETS.fetch(request), policy);
  },
};
