import type { AppAddresses } from '../../server/app-deployment.ts';
import type { CallbackDocumentOptions } from '../../server/callback-document.ts';
import { createCallbackFiles } from '../../server/callback-files.ts';
import type { HostFile } from './host-site.ts';
import type { HostName } from './host-name.ts';
import { WRITTEN } from './wording.ts';

/** Configurations among the files of the callback, for servers. */
const CONFIGURATIONS: readonly string[] = ['nginx.conf', 'Caddyfile', 'apache.conf'];

const SERVERS: Readonly<Partial<Record<HostName, string>>> = {
  nginx: 'nginx.conf',
  caddy: 'Caddyfile',
  apache: 'apache.conf',
};

/**
 * Creates the files for the origin of an isolated callback, in the folder `callback`; none if the app has no such origin.
 *
 * @throws TypeError if the redirect URI has a path
 */
export async function createIsolatedCallback(
  { origin, callback, redirectUri }: Pick<AppAddresses, 'origin' | 'callback' | 'redirectUri'>,
  host: HostName,
): Promise<readonly HostFile[]> {
  if (new URL(redirectUri).origin === origin) return [];
  const location = { redirectUri, appCallback: origin + callback };
  const files = await createCallbackFiles(location);
  const code = createCode(location)[host];
  const chosen = code ?? files.filter(({ name }) => name === SERVERS[host] || !CONFIGURATIONS.includes(name));
  return chosen.map(({ name, text }) => ({ name: `callback/${name}`, text }));
}

/** Creates the code of platforms whose own responses to files may have headers that reveal the code. */
function createCode(location: CallbackDocumentOptions): Readonly<Partial<Record<HostName, readonly HostFile[]>>> {
  const handler = `import { createCallbackHandler } from 'tokenward/server';

const handle = createCallbackHandler({
  redirectUri: '${location.redirectUri}',
  appCallback: '${location.appCallback}',
});
`;
  const rules = { public: 'public', rewrites: [{ source: '**', function: 'callback' }] };
  return {
    netlify: [
      {
        name: 'netlify/edge-functions/callback.js',
        text: `// The origin of the isolated callback, on Netlify.
// ${WRITTEN}
${handler}
export default (request) => handle(request);
export const config = { path: '/*', onError: 'fail' };
`,
      },
    ],
    cloudflare: [
      {
        name: 'worker.js',
        text: `// The origin of the isolated callback: a Cloudflare Worker without assets.
// ${WRITTEN}
${handler}
export default { fetch: (request) => handle(request) };
`,
      },
    ],
    vercel: [
      {
        name: 'middleware.js',
        text: `// The origin of the isolated callback, on Vercel, in a project with an empty public folder.
// ${WRITTEN}
${handler}
export default (request) => handle(request);
export const config = { matcher: '/(.*)' };
`,
      },
    ],
    firebase: [
      {
        name: 'functions/index.js',
        text: `// The origin of the isolated callback, on Firebase Hosting, with an empty public folder.
// ${WRITTEN}
import { onRequest } from 'firebase-functions/v2/https';
${handler.replace('{ createCallbackHandler }', '{ createCallbackHandler, toNodeListener }')}
export const callback = onRequest(toNodeListener(handle));
`,
      },
      { name: 'firebase.json', text: `${JSON.stringify({ hosting: rules }, undefined, 2)}\n` },
    ],
  };
}
