import { TEXT_MODULES } from '../support/text-modules.ts';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type BuildOptions } from 'esbuild';
import { portOf } from '../support/port-of.ts';
import { createIsolatedCallback } from '../../src/cli/build/isolated-callback.ts';
import { send } from './http-client.ts';

/** A platform that runs a snippet of the documentation: what it answers to a request of a browser. */
export interface Platform {
  readonly answer: (request: Request) => Promise<Response>;
}

/** The app's files by path. */
export type Files = Readonly<Record<string, string>>;

export const FILES: Files = { '/rogue.js': 'self.onfetch = () => {};' };

/** The worker script that the code makes: the texts of the package are not in these bundles. */
export const MADE_SCRIPT: string = `
if (location.origin !== "https://app.example") console.warn('tokenward: The app is at ' + location.origin + ", and \\"origin\\" in tokenward.config.js is https://app.example. Open https://app.example, or set \\"origin\\" to that of the page.");
tokenward.start(${JSON.stringify(
  { issuer: 'https://login.example', clientId: 'my-app', protectedResources: [{ url: 'https://api.example' }] },
  undefined,
  2,
)});
`;

const DOCUMENTATION = fileURLToPath(new URL('../../docs/deployment/', import.meta.url));
const SERVER = fileURLToPath(new URL('../../src/server/index.ts', import.meta.url));

/** Netlify: the edge function in a folder is asked about every request, and asks for what comes next. */
export async function startNetlify(files: Files, folder: string = `${DOCUMENTATION}netlify`): Promise<Platform> {
  const { default: edgeFunction, config } = await loadSnippet(join(folder, 'netlify/edge-functions/tokenward.js'));
  if (config.path !== '/*' || config.onError !== 'fail') throw new Error('It is not asked about every request.');
  return {
    answer: (request) => edgeFunction(request, { next: (other: Request = request) => serveFile(files, other) }),
  };
}

/** Cloudflare: the worker is asked first, if the configuration says so, and has the files as a binding. */
export async function startCloudflare(files: Files, folder: string = `${DOCUMENTATION}cloudflare`): Promise<Platform> {
  const { default: worker } = await loadSnippet(join(folder, 'worker.js'));
  const { assets } = await readJson(join(folder, 'wrangler.json'));
  if (assets.run_worker_first !== true) throw new Error('Files go out without the worker.');
  const binding = { fetch: (request: Request) => serveFile(files, request) };
  return { answer: (request) => worker.fetch(request, { [assets.binding]: binding }) };
}

/** Vercel: the middleware is asked where its matcher says so, and goes on by answering nothing. */
export async function startVercel(files: Files, folder: string = `${DOCUMENTATION}vercel`): Promise<Platform> {
  const { default: middleware, config } = await loadSnippet(join(folder, 'middleware.js'));
  const { headers } = await readJson(join(folder, 'vercel.json'));
  const matcher = new RegExp(`^${config.matcher}$`);
  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const own = matcher.test(pathname) ? await middleware(request) : undefined;
    return withRules(own ?? (await serveFile(files, request)), headers, (source) =>
      new RegExp(`^${source}$`).test(pathname),
    );
  };
  return { answer };
}

/**
 * Firebase Hosting: files win, then goes to the function what firebase.json sends there.
 *
 * @param folder the folder of its files
 * @param headersOf whether the headers of firebase.json are put over those of the function too, or over those of files alone
 */
export async function startFirebase(
  headersOf: 'all' | 'files',
  folder: string = `${DOCUMENTATION}firebase`,
): Promise<Platform> {
  const { tokenward } = await loadSnippet(join(folder, 'functions/index.js'));
  const { hosting } = await readJson(join(folder, 'firebase.json'));
  const files: Files = { '/rogue.js': FILES['/rogue.js'] ?? '' };
  return {
    answer: async (request) => {
      const { pathname } = new URL(request.url);
      const matches = (source: string): boolean => patternOf(source).test(pathname);
      const rewrite = hosting.rewrites.find(({ source }: Rule) => matches(source));
      if (pathname in files || rewrite?.function !== 'tokenward') {
        return withRules(await serveFile(files, request), hosting.headers, matches);
      }
      const response = await askNodeListener(tokenward, request);
      return headersOf === 'all' ? withRules(response, hosting.headers, matches) : response;
    },
  };
}

/** Code of the second origin, as the command writes it. */
export async function loadCallbackCode(
  host: 'netlify' | 'cloudflare' | 'vercel' | 'firebase',
): Promise<(request: Request) => Promise<Response>> {
  const location = {
    origin: 'https://app.example',
    callback: '/auth/callback',
    redirectUri: 'https://signin.app.example/',
  };
  const [file] = await createIsolatedCallback(location, host);
  const module = await loadSnippet({ stdin: { contents: file?.text ?? '', resolveDir: DOCUMENTATION } });
  if (module.config !== undefined && !/^\/(\*|\(\.\*\))$/.test(module.config.path ?? module.config.matcher))
    throw new Error('It is not asked about every request.');
  if (host === 'firebase') return (request) => askNodeListener(module.callback, request);
  return module.default.fetch ?? module.default;
}

/** Asks a listener of node:http for its answer to one request. */
async function askNodeListener(listener: RequestListener, request: Request): Promise<Response> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { pathname, search } = new URL(request.url);
  const { method, headers } = request;
  const origin = `http://127.0.0.1:${portOf(server)}`;
  const raw = await send(origin + pathname + search, { method, headers: Object.fromEntries(headers) });
  server.close();
  return new Response(raw.status === 304 ? null : raw.body, {
    status: raw.status,
    headers: Object.entries(raw.headers).map(([name, value]) => [name, String(value)]),
  });
}

/** What a platform serves by itself: the app's files, with entity tags, and the app for every other address. */
async function serveFile(files: Files, request: Request): Promise<Response> {
  if (request.headers.has('if-none-match')) return new Response(null, { status: 304 });
  const { pathname } = new URL(request.url);
  const [body, type] = !(pathname in files)
    ? ['<!doctype html><title>app</title>', 'text/html; charset=utf-8']
    : [files[pathname], pathname.endsWith('.js') ? 'application/javascript' : 'text/plain; charset=utf-8'];
  const headers = { etag: '"file"', 'content-type': type };
  return new Response(request.method === 'HEAD' ? null : body, { headers });
}

/** A rule of a platform's configuration file: headers for what its pattern matches. */
interface Rule {
  readonly source: string;
  readonly headers: readonly { readonly key: string; readonly value: string }[];
}

/** Puts headers over those of a response; where two rules have the same, the last one counts. */
function withRules(response: Response, rules: readonly Rule[], matches: (source: string) => boolean): Response {
  const secured = new Response(response.body, response);
  for (const { headers } of rules.filter(({ source }) => matches(source))) {
    for (const { key, value } of headers) secured.headers.set(key, value);
  }
  return secured;
}

/** A glob as Firebase has it: `**`, and `@(one|other)`. */
function patternOf(glob: string): RegExp {
  return new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('**', '.*').replaceAll('@(', '(')}$`);
}

async function readJson(file: string) {
  return JSON.parse(await readFile(file, 'utf8'));
}

/** The module of a snippet, as the platform's build makes it: in one file. */
async function loadSnippet(source: string | Pick<BuildOptions, 'stdin'>) {
  const folder = await mkdtemp(join(tmpdir(), 'tokenward-'));
  const outfile = join(folder, 'snippet.mjs');
  await writeFile(join(folder, 'environment.js'), 'export const env = process.env;');
  await writeFile(join(folder, 'on-request.js'), 'export const onRequest = (listener) => listener;');
  await build({
    ...(typeof source === 'string' ? { entryPoints: [source] } : source),
    alias: {
      'tokenward/server': SERVER,
      'firebase-functions/v2/https': join(folder, 'on-request.js'),
      'cloudflare:workers': join(folder, 'environment.js'),
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    plugins: [TEXT_MODULES],
    outfile,
  });
  const snippet = await import(pathToFileURL(outfile).href);
  await rm(folder, { recursive: true });
  return snippet;
}
