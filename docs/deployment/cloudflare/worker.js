// A Cloudflare Worker with static assets. See platforms.md.
// Written by tokenward build from tokenward.config: change that file, and write this one again.
import { createTokenward } from 'tokenward/server';

const tokenward = createTokenward({
  origin: "https://app.example",
  issuer: "https://login.example",
  clientId: "my-app",
  protectedResources: [
    {
      url: "https://api.example"
    }
  ]
});

export default { fetch: tokenward.fetch((request, env) => env.ASSETS.fetch(request)) };
