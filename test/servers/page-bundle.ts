import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const bundles = new Map<string, Promise<string>>();

/**
 * Bundles an entry of `dist` for pages, once for all servers of the process: it imports Comlink by name, which a browser cannot resolve.
 *
 * @param entry a file of `dist`, such as `index.js`
 */
export function bundleForPage(entry: string): Promise<string> {
  const bundle = bundles.get(entry) ?? bundleEntry(entry);
  bundles.set(entry, bundle);
  return bundle;
}

async function bundleEntry(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../../dist/${entry}`, import.meta.url))],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}
