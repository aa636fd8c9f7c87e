import { TEXT_MODULES } from '../support/text-modules.ts';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type BuildOptions } from 'esbuild';
import { SCRIPT } from './deployment.ts';
import { send } from './http-client.ts';

/** A platform that runs a snippet of the documentation: what it answers to a request of a browser. */
export interface Platform {
  readonly answer: (request: Request) => Promise<Response>;
  stop(): Promise<void>;
}

/** The app's files by path, of which the worker script is one. */
export type Files = Readonly<Record<string, string>>;

export const FILES: Files = {
  '/tokenward-sw.js': SCRIPT,
  '/tokenward-sw.txt': SCRIPT,
  '/rogue.js': 'self.onfetch = () => {};',
};

const DOCUMENTATION = fileURLToPath(new URL('../../docs/deployment/', import.meta.url));
const SERVER = fileURLToPath(new URL('../../src/server/index.ts', import.meta.url));

/** Netlify: the edge function is asked about every request, and asks for what comes next. */
export async function startNetlify(files: Files): Promise<Platform> {
  const { default: edgeFunction, config } = await loadSnippet('netlify.js');
  if (config.path !== '/*' || config.onError !== 'fail') throw new Error('It is not asked about every request.');
  return {
    answer: (request) => edgeFunction(request, { next: (other: Request = request) => serveFile(files, other) }),
    stop: async () => {},
  };
}

/** Cloudflare: the worker is asked first, if the configuration says so, and has the files as a binding. */
export async function startCloudflare(files: Files): Promise<Platform> {
  const { default: worker } = await loadSnippet('cloudflare.js');
  const { assets } = await readJson('cloudflare.wrangler.json');
  if (assets.run_worker_first !== true) throw new Error('Files go out without the worker.');
  const binding = { fetch: (request: Request) => serveFile(files, request) };
  return { answer: (request) => worker.fetch(request, { [assets.binding]: binding }), stop: async () => {} };
}

/** Vercel: the middleware is asked where its matcher says so, and goes on by answering nothing. */
export async function startVercel(files: Files): Promise<Platform> {
  const { default: middleware, config } = await loadSnippet('vercel.js');
  const { headers } = await readJson('vercel.json');
  const matcher = new RegExp(`^${config.matcher}$`);
  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const own = matcher.test(pathname) ? await middleware(request) : undefined;
    return withRules(own ?? (await serveFile(files, request)), headers, (source) =>
      new RegExp(`^${source}$`).test(pathname),
    );
  };
  const { fetch: network } = globalThis;
  // The middleware asks its own deployment for the script.
  globalThis.fetch = (input) => answer(new Request(input));
  return {
    answer,
    stop: async () => {
      globalThis.fetch = network;
    },
  };
}

/**
 * Firebase Hosting: files win, then goes to the function what firebase.json sends there.
 *
 * @param headersOf whether the headers of firebase.json are put over those of the function too, or over those of files alone
 */
export async function startFirebase(headersOf: 'all' | 'files'): Promise<Platform> {
  const { tokenward } = await loadSnippet('firebase.js');
  const { hosting } = await readJson('firebase.json');
  const server = createServer(tokenward);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const files: Files = { '/rogue.js': FILES['/rogue.js'] ?? '' };
  return {
    answer: async (request) => {
      const { pathname, search } = new URL(request.url);
      const matches = (source: string): boolean => patternOf(source).test(pathname);
      const rewrite = hosting.rewrites.find(({ source }: Rule) => matches(source));
      if (pathname in files || rewrite.function !== 'tokenward') {
        return withRules(await serveFile(files, request), hosting.headers, matches);
      }
      const { method, headers } = request;
      const raw = await send(origin + pathname + search, { method, headers: Object.fromEntries(headers) });
      const response = new Response([304].includes(raw.status) ? null : raw.body, {
        status: raw.status,
        headers: Object.entries(raw.headers).map(([name, value]) => [name, String(value)]),
      });
      return headersOf === 'all' ? withRules(response, hosting.headers, matches) : response;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Code of the second origin: that of platforms.md in the order of its text, then Firebase's. */
export async function loadCallbackSnippets(): Promise<readonly ((request: Request) => Promise<Response>)[]> {
  const text = await readFile(join(DOCUMENTATION, 'platforms.md'), 'utf8');
  const [, section = ''] = text.split('\n## The second origin\n');
  const blocks = [...section.matchAll(/```js\n([^]*?)```/g)].map(([, code]) => code ?? '');
  const answers = blocks.map(async (contents) => {
    const snippet = await loadSnippet({ stdin: { contents, resolveDir: DOCUMENTATION } });
    if (snippet.config !== undefined && !/^\/(\*|\(\.\*\))$/.test(snippet.config.path ?? snippet.config.matcher))
      throw new Error('It is not asked about every request.');
    return snippet.default.fetch ?? snippet.default;
  });
  const { callback } = await loadSnippet('firebase-callback.js');
  return [...(await Promise.all(answers)), (request: Request) => askNodeListener(callback, request)];
}

/** Asks a listener of node:http for its answer to one request. */
async function askNodeListener(listener: RequestListener, request: Request): Promise<Response> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const { pathname, search } = new URL(request.url);
  const { method, headers } = request;
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const raw = await send(origin + pathname + search, { method, headers: Object.fromEntries(headers) });
  server.close();
  return new Response(raw.body, {
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
  return JSON.parse(await readFile(join(DOCUMENTATION, file), 'utf8'));
}

/** The module of a snippet, as the platform's build makes it: in one file, with the worker script beside it. */
async function loadSnippet(source: string | Pick<BuildOptions, 'stdin'>) {
  const folder = await mkdtemp(join(tmpdir(), 'tokenward-'));
  const outfile = join(folder, 'snippet.mjs');
  await writeFile(join(folder, 'tokenward-sw.js'), SCRIPT);
  await writeFile(join(folder, 'on-request.js'), 'export const onRequest = (listener) => listener;');
  await build({
    ...(typeof source === 'string' ? { entryPoints: [join(DOCUMENTATION, source)] } : source),
    alias: { 'tokenward/server': SERVER, 'firebase-functions/v2/https': join(folder, 'on-request.js') },
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
