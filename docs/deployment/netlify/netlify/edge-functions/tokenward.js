// An edge function for every response of a Netlify site. See platforms.md.
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

export default (request, context) => tokenward.fetch(() => context.next())(request);

// An error must not let a file out without its policy.
export const config = { path: '/*', onError: 'fail' };
