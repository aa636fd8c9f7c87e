// functions/index.js: what is Tokenward's on Firebase Hosting, sent here by firebase.json. See platforms.md.
// Written by tokenward build from tokenward.config: change that file, and write this one again.
import { onRequest } from 'firebase-functions/v2/https';
import { createTokenward } from 'tokenward/server';

const tokenwardServer = createTokenward({
  origin: "https://app.example",
  issuer: "https://login.example",
  clientId: "my-app",
  protectedResources: [
    {
      url: "https://api.example"
    }
  ]
});

export const tokenward = onRequest(tokenwardServer.middleware);
