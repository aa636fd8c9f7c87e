import { createReleaseTag, matchesEntityTag } from './entity-tag.ts';
import { isReadOnly, refuseMethod } from './refusal.ts';
import { isWorkerScriptRequest } from './worker-script.ts';

/** Location of the worker, which the page's modules connect to. */
export interface PageScriptOptions {
  /** Path of the app. */
  readonly base: string;
  /** Path of the worker script. */
  readonly worker: string;
  /** Path that the worker is registered for. */
  readonly scope: string;
}

/** Modules for pages without a bundler: `{base}tokenward/page.js`, and `{base}tokenward/auto.js`, which connects by itself. */
export class PageScripts {
  readonly #folder: string;
  readonly #texts: ReadonlyMap<string, () => string | Promise<string>>;

  constructor({ base, worker, scope }: PageScriptOptions) {
    this.#folder = `${base}tokenward/`;
    this.#texts = new Map<string, () => string | Promise<string>>([
      ['page.js', loadPageModule],
      [
        'auto.js',
        () => `import { startAuto } from './page.js';
export const client = startAuto(import.meta.url, ${JSON.stringify({ worker, scope })});
`,
      ],
    ]);
  }

  /** Paths of the modules. */
  get paths(): readonly string[] {
    return Array.from(this.#texts.keys(), (name) => this.#folder + name);
  }

  /** Responds to a request for one of the modules; returns `undefined` for all other requests. */
  async answer(request: Request): Promise<Response | undefined> {
    const { pathname } = new URL(request.url);
    const load = pathname.startsWith(this.#folder) ? this.#texts.get(pathname.slice(this.#folder.length)) : undefined;
    // The handler refuses every script but the worker's to the browser's service worker machinery.
    if (load === undefined || isWorkerScriptRequest(request.headers)) return undefined;
    if (!isReadOnly(request)) return refuseMethod();
    const text = await load();
    const headers = {
      'cache-control': 'no-cache',
      'cross-origin-resource-policy': 'same-origin',
      etag: await createReleaseTag([text]),
    };
    if (matchesEntityTag(request.headers.get('if-none-match'), headers.etag)) {
      return new Response(null, { status: 304, headers });
    }
    const body = request.method === 'HEAD' ? null : text;
    return new Response(body, { headers: { ...headers, 'content-type': 'text/javascript' } });
  }
}

async function loadPageModule(): Promise<string> {
  return (await import('./library.ts')).pageModule;
}
