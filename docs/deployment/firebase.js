// functions/index.js: what is Tokenward's on Firebase Hosting, sent there by firebase.json. See platforms.md.
// To adapt: the two origins. The worker script lies beside this file: one in the public folder would go out as it is.
import { readFileSync } from 'node:fs';
import { onRequest } from 'firebase-functions/v2/https';
import { createTokenwardHandler, toNodeListener } from 'tokenward/server';

const script = readFileSync(new URL('tokenward-sw.js', import.meta.url), 'utf8');

export const tokenward = onRequest(
  toNodeListener(
    createTokenwardHandler({
      worker: { path: '/tokenward-sw.js', script },
      authorizationServers: ['https://login.example'],
      protectedResources: ['https://api.example'],
    }),
  ),
);
