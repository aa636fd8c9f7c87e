// middleware.js: what is Tokenward's on Vercel. The policy of all other responses stands in vercel.json. See platforms.md.
// To adapt: the two origins. The worker script is deployed as /tokenward-sw.txt, which no browser takes for a worker.
import { createTokenwardHandler } from 'tokenward/server';

const site = {
  authorizationServers: ['https://login.example'],
  protectedResources: ['https://api.example'],
};

export default async function middleware(request) {
  const script = async () => {
    const file = await fetch(new URL('/tokenward-sw.txt', request.url));
    if (!file.headers.get('content-type')?.startsWith('text/plain')) throw new Error('There is no /tokenward-sw.txt.');
    return file.text();
  };
  const handle = createTokenwardHandler({ ...site, worker: { path: '/tokenward-sw.js', script } });
  // Nothing: Vercel goes on with what there is at the address.
  return handle(request);
}

export const config = { matcher: '/((?!tokenward-sw\\.txt$).*)' };
