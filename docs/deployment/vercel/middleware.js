// Middleware for what is Tokenward's on Vercel. The policy of all other responses is in vercel.json. See platforms.md.
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

export default async function middleware(request) {
  let isOwn = true;
  const goOn = () => {
    isOwn = false;
    return new Response();
  };
  const response = await tokenward.fetch(goOn)(request);
  // Nothing: Vercel goes on with what there is at the address.
  return isOwn ? response : undefined;
}

export const config = { matcher: '/(.*)' };
