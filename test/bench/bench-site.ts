import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { listen } from '../servers/listener.ts';

/** An origin whose every page is empty, but for the frames that one of them has. */
export interface BenchSite {
  readonly origin: string;
  close(): Promise<void>;
}

/** The page that has the frames. */
export const FRAMES_PATH = '/frames';

/** Pages that are isolated have a clock of microseconds. */
const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/**
 * Starts the site.
 *
 * @param frames the names of the frames: each shows a page in the folder of that name
 * @param scripts the scripts of service workers by their paths
 */
export async function startBenchSite(
  frames: readonly string[],
  scripts: ReadonlyMap<string, string>,
): Promise<BenchSite> {
  const app = new Hono();
  const framing = frames.map((name) => `<iframe name="${name}" src="/${name}/"></iframe>`).join('');
  app.get('*', ({ req }) => {
    const script = scripts.get(req.path);
    if (script) return new Response(script, { headers: { 'content-type': 'text/javascript' } });
    const body = `<!doctype html><title>Bench</title>${req.path === FRAMES_PATH ? framing : ''}`;
    return new Response(body, { headers: { 'content-type': 'text/html', ...ISOLATED } });
  });
  const listener = await listen(() => getRequestListener(app.fetch));
  return { origin: listener.origin, close: listener.close };
}
