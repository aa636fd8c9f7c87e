import type { HostFile, HostSite } from '../host-site.ts';
import { titleOf } from '../host-site.ts';
import { patternOf } from '../quote.ts';
import { WRITTEN } from '../wording.ts';

/** Name of the client secret of a relay in the environment of a platform. */
const SECRET_VARIABLE = 'TOKENWARD_CLIENT_SECRET';

/** Creates the edge function of Netlify, which answers every request. */
export function createNetlifyFiles(site: HostSite): readonly HostFile[] {
  const text = `// An edge function for every response of a Netlify site. See platforms.md.
// ${WRITTEN}
${createServer(site, `Netlify.env.get('${SECRET_VARIABLE}')`)}
export default (request, context) => tokenward.fetch(() => context.next())(request);

// An error must not let a file out without its policy.
export const config = { path: '/*', onError: 'fail' };
`;
  return [{ name: 'netlify/edge-functions/tokenward.js', text }, ...ownWorker(site, 'netlify/edge-functions')];
}

/** Creates the Worker of Cloudflare, which comes before the static assets. */
export function createCloudflareFiles(site: HostSite): readonly HostFile[] {
  const text = `// A Cloudflare Worker with static assets. See platforms.md.
// ${WRITTEN}
${site.addresses.relay === undefined ? '' : "import { env } from 'cloudflare:workers';\n"}${createServer(site, `env.${SECRET_VARIABLE}`)}
export default { fetch: tokenward.fetch((request, env) => env.ASSETS.fetch(request)) };
`;
  const settings = {
    name: new URL(site.addresses.origin).hostname.replaceAll('.', '-'),
    main: './worker.js',
    compatibility_date: '2026-01-01',
    assets: {
      directory: '../dist',
      binding: 'ASSETS',
      run_worker_first: true,
      not_found_handling: 'single-page-application',
    },
  };
  return [{ name: 'worker.js', text }, { name: 'wrangler.json', text: toJson(settings) }, ...ownWorker(site)];
}

/** Creates the middleware of Vercel for what is Tokenward's, and the rules for all other responses. */
export function createVercelFiles(site: HostSite): readonly HostFile[] {
  const { base, worker, callback, login, logout, session, modules, relay } = site.addresses;
  const text = `// Middleware for what is Tokenward's on Vercel. The policy of all other responses is in vercel.json. See platforms.md.
// ${WRITTEN}
${createServer(site, `process.env.${SECRET_VARIABLE}`)}
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
`;
  // The app's own page at the callback is under the policy of pages.
  const callbacks = site.callbackDocument === undefined ? [] : [callback];
  const own = [worker, ...callbacks, login, logout, session, ...modules].map((path) => patternOf(path).slice(1));
  if (relay !== undefined) own.push(`${patternOf(relay).slice(1)}/.*`);
  const rules = {
    rewrites: [{ source: `${base}((?!.*\\.).*)`, destination: `${base}index.html` }],
    headers: [{ source: `/((?!(?:${own.join('|')})$).*)`, headers: policyRules(site) }],
  };
  return [{ name: 'middleware.js', text }, { name: 'vercel.json', text: toJson(rules) }, ...ownWorker(site)];
}

/** Creates the function of Firebase Hosting for what is Tokenward's, and the rules for all other responses. */
export function createFirebaseFiles(site: HostSite): readonly HostFile[] {
  const { base, worker, callback, login, logout, session, modules } = site.addresses;
  const text =
    `// functions/index.js: what is Tokenward's on Firebase Hosting, sent here by firebase.json. See platforms.md.
// ${WRITTEN}
import { onRequest } from 'firebase-functions/v2/https';
${createServer(site)}
export const tokenward = onRequest(tokenwardServer.middleware);
`.replace('const tokenward =', 'const tokenwardServer =');
  const callbacks = site.callbackDocument === undefined ? [] : [callback];
  const rule = (source: string, headers: HostSite['inertHeaders']) => ({
    source,
    headers: headers
      // Those of all responses are in the first rule.
      .filter(([name]) => !site.policy.some((header) => isSameOfBoth(header, name, headers)))
      .map(([key, value]) => ({ key, value })),
  });
  const hosting = {
    public: 'public',
    // Files come before rewrites, and the app's build may emit a worker for hosts that serve files.
    ignore: ['firebase.json', '**/.*', '**/node_modules/**', worker.slice(1)],
    rewrites: [
      ...[worker, ...callbacks, login, logout, session, ...modules].map((source) => ({
        source,
        function: 'tokenward',
      })),
      { source: `${base}**`, destination: `${base}index.html` },
    ],
    headers: [
      { source: '**', headers: policyRules(site) },
      // A refusal of the script must not be stored, so the function says what is.
      rule(
        worker,
        site.workerHeaders.filter(([name]) => name !== 'Cache-Control'),
      ),
      ...[...callbacks, login, logout].map((source) => rule(source, site.documentHeaders)),
      rule(session, site.inertHeaders),
    ],
  };
  return [
    { name: 'functions/index.js', text },
    { name: 'firebase.json', text: toJson({ hosting }) },
    ...ownWorker(site, 'functions'),
  ];
}

function isSameOfBoth(
  { name, value }: HostSite['policy'][number],
  key: string,
  headers: HostSite['inertHeaders'],
): boolean {
  return titleOf(name) === key && headers.some((header) => header[0] === key && header[1] === value);
}

function policyRules({ policy }: HostSite): readonly { readonly key: string; readonly value: string }[] {
  return policy.map(({ name, value }) => ({ key: titleOf(name), value }));
}

/** Module that holds the text of the app's own worker. */
const OWN_WORKER = 'tokenward-worker.js';

/**
 * Returns the lines that make the server from the configuration.
 *
 * @param secret expression by which the code of the platform reads the client secret of a relay: it is in none of the files
 */
function createServer({ addresses, config, ownWorkerScript }: HostSite, secret: string = ''): string {
  const given = [
    ...(ownWorkerScript === undefined ? [] : ['workerScript']),
    ...(addresses.relay === undefined ? [] : [`relay: { clientSecret: ${secret} }`]),
  ];
  const options = given.length === 0 ? '' : `, { ${given.join(', ')} }`;
  const module = ownWorkerScript === undefined ? '' : `import workerScript from './${OWN_WORKER}';\n`;
  return `import { createTokenward } from 'tokenward/server';
${module}
const tokenward = createTokenward(${toLiteral(config)}${options});
`;
}

function ownWorker({ ownWorkerScript }: HostSite, folder = ''): readonly HostFile[] {
  if (ownWorkerScript === undefined) return [];
  const name = folder === '' ? OWN_WORKER : `${folder}/${OWN_WORKER}`;
  return [{ name, text: `export default ${JSON.stringify(ownWorkerScript)};\n` }];
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Returns a value as JavaScript: as JSON, with names that need no quotes. */
function toLiteral(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replaceAll(/^( *)"([A-Za-z_]\w*)":/gm, '$1$2:');
}
