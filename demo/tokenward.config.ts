import { defineConfig } from 'tokenward/config';

// `demo-servers.ts` sets these: the demo takes other ports if its own are in use.
const { ORIGIN, ISSUER, API, REDIRECT_URI } = process.env;

export default defineConfig({
  origin: ORIGIN ?? 'http://localhost:4000',
  issuer: ISSUER ?? 'http://localhost:4001',
  clientId: 'spa-demo',
  protectedResources: [{ url: API ?? 'http://localhost:4002/api' }],
  scopes: ['openid', 'profile', 'email', 'offline_access', 'notes:read', 'notes:write'],
  redirectUri: REDIRECT_URI ?? 'http://localhost:4003/',
  // Short enough to see the countdown.
  session: { idleSeconds: 120, absoluteSeconds: 3600, warnBeforeSeconds: 60 },
});
