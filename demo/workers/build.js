// Builds the app of this folder, and its worker, by the tools that apps use:
// node demo/workers/build.js WAY FOLDER RELEASE [CONFIGURATION]
// Without a configuration for Tokenward, the app is as it was before it.
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import { build as buildWithVite } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import { generateSW, injectManifest } from 'workbox-build';

const [way, folder, release, json = 'null'] = process.argv.slice(2);
const configuration = JSON.parse(json);

const HERE = fileURLToPath(new URL('.', import.meta.url));
const constants = { RELEASE: JSON.stringify(release), CONFIGURATION: json };
const WORKER = 'tokenward-sw.js';
const LIBRARY = fileURLToPath(new URL('../../dist/standalone/tokenward-workbox.js', import.meta.url));

/** The ways in, by their names. */
const WAYS = {
  'inject-manifest': async () => {
    await bundle('app/main.js');
    await cp(join(HERE, 'app/index.html'), join(folder, 'index.html'));
    await bundle(WORKER);
    const swDest = join(folder, WORKER);
    await injectManifest({
      swSrc: swDest,
      swDest,
      globDirectory: folder,
      globIgnores: [WORKER],
      manifestTransforms: [addIntegrity],
    });
  },

  'generate-sw': async () => {
    await bundle('app/main.js');
    await cp(join(HERE, 'app/index.html'), join(folder, 'index.html'));
    const isWith = configuration !== null;
    await generateSW({
      swDest: join(folder, WORKER),
      globDirectory: folder,
      sourcemap: false,
      navigateFallback: '/index.html',
      navigateFallbackDenylist: [/^\/live/],
      navigationPreload: true,
      importScripts: isWith ? ['/tokenward-config.js'] : [],
      runtimeCaching: [
        { urlPattern: ({ url }) => url.pathname === '/live', handler: 'NetworkFirst', options: { cacheName: 'live' } },
        {
          urlPattern: ({ url }) => url.pathname === '/api/notes',
          handler: 'NetworkFirst',
          options: { cacheName: 'tokenward-notes', plugins: isWith ? [PLUGIN] : [] },
        },
      ],
    });
    // After the precache was made: these two are the worker's.
    await cp(LIBRARY, join(folder, 'tokenward-workbox.js'));
    await writeFile(
      join(folder, 'tokenward-config.js'),
      `importScripts('/tokenward-workbox.js');\ntokenward.start(${JSON.stringify(configuration)});\n`,
    );
  },

  'vite-plugin-pwa': async () => {
    const source = join(folder, 'source');
    await mkdir(source);
    await cp(join(HERE, 'app/index.html'), join(source, 'index.html'));
    await writeFile(join(source, 'main.js'), await readSource('app/main.js'));
    await writeFile(join(source, WORKER), await readSource(WORKER));
    await buildWithVite({
      root: source,
      configFile: false,
      logLevel: 'warn',
      define: constants,
      build: { outDir: folder, target: 'es2022' },
      resolve: { preserveSymlinks: true },
      plugins: [
        VitePWA({
          strategies: 'injectManifest',
          srcDir: '.',
          filename: WORKER,
          injectRegister: false,
          manifest: false,
          injectManifest: { manifestTransforms: [addIntegrity] },
        }),
      ],
    });
  },
};

/** Workbox writes the source of functions into the worker that it generates, where `tokenward` is what was imported. */
const PLUGIN = {
  requestWillFetch: (parameter) => tokenward.plugin.requestWillFetch(parameter),
  fetchDidFail: (parameter) => tokenward.plugin.fetchDidFail(parameter),
  cacheKeyWillBeUsed: (parameter) => tokenward.plugin.cacheKeyWillBeUsed(parameter),
  cacheWillUpdate: (parameter) => tokenward.plugin.cacheWillUpdate(parameter),
  cacheDidUpdate: (parameter) => tokenward.plugin.cacheDidUpdate(parameter),
  cachedResponseWillBeUsed: (parameter) => tokenward.plugin.cachedResponseWillBeUsed(parameter),
};

/** Adds the hash of each file to the manifest of the precache, with which the worker compares it. */
async function addIntegrity(entries) {
  const hash = async ({ url }) =>
    createHash('sha256')
      .update(await readFile(join(folder, url)))
      .digest('base64');
  const manifest = entries.map(async (entry) => ({ ...entry, integrity: `sha256-${await hash(entry)}` }));
  return { manifest: await Promise.all(manifest) };
}

/** Bundles a module of the example. */
async function bundle(path) {
  await build({
    stdin: { contents: await readSource(path), resolveDir: HERE, loader: 'js' },
    outfile: join(folder, path.replace('app/', '')),
    bundle: true,
    // Of its own scope: what a classic script declares would be global.
    format: path === WORKER ? 'iife' : 'esm',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"production"', ...constants },
  });
}

/** A source of the example; before Tokenward it has none of its lines. */
async function readSource(path) {
  const source = await readFile(join(HERE, path), 'utf8');
  return configuration ? source : source.replaceAll(/^.*\/\/ Tokenward\n/gm, '');
}

await WAYS[way]();
