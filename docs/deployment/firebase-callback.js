// functions/index.js of the second origin on Firebase Hosting, which sends every request there. See platforms.md.
// To adapt: the two URLs.
import { onRequest } from 'firebase-functions/v2/https';
import { createCallbackHandler, toNodeListener } from 'tokenward/server';

const handle = createCallbackHandler({
  redirectUri: 'https://signin.app.example/',
  appCallback: 'https://app.example/auth/callback',
});

export const callback = onRequest(toNodeListener(handle));
