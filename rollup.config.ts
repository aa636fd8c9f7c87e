import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix, sep } from 'node:path';
import commonjs from '@rollup/plugin-commonjs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import replace from '@rollup/plugin-replace';
import terser from '@rollup/plugin-terser';
import { transform } from 'esbuild';
import type { Plugin, RollupOptions } from 'rollup';
import esbuild from 'rollup-plugin-esbuild';

/** The entry that an app's other entries for the page build on. */
const PAGE_ENTRY: string = join(import.meta.dirname, 'src/page/index.ts');

/** The texts that the server serves: a module of their own, which is loaded when they are asked for. */
const LIBRARY_ENTRY: string = join(import.meta.dirname, 'src/server/library.ts');

/** The syntax of an entry. A CommonJS module is for older tools too: webpack 4 reads no optional chaining. */
const SYNTAX = { browser: 'es2020', node: 'node20' } as const;
const COMMON_JS_SYNTAX = { browser: 'es2017', node: 'node20' } as const;

/**
 * An entry for bundlers, and for Node: dependencies stay imports, and so does the page entry, so that an app has one copy of
 * each. The CommonJS module beside it is for `require()`, and for tools that read `main` instead of `exports`.
 */
function moduleEntry(input: string, name: string, platform: keyof typeof SYNTAX = 'browser'): RollupOptions {
  const shared = { [PAGE_ENTRY]: 'index.js', [LIBRARY_ENTRY]: 'library.js' };
  const paths = Object.fromEntries(
    Object.entries(shared).map(([source, file]) => [source, relativeSpecifier(posix.dirname(name), file)]),
  );
  return {
    input,
    external: (id) => (id in shared && join(import.meta.dirname, input) !== id) || !/^[./]|^[A-Za-z]:\\/.test(id),
    output: [
      { file: `dist/${name}`, format: 'es', sourcemap: true, paths },
      {
        file: `dist/cjs/${name}`,
        format: 'cjs',
        exports: 'named',
        // An ES module, which `import()` loads from here too: one copy is enough.
        paths: { ...paths, [LIBRARY_ENTRY]: relativeSpecifier(posix.dirname(`cjs/${name}`), 'library.js') },
        plugins: [besideModule(name), olderSyntax(COMMON_JS_SYNTAX[platform]), commonJsFolder(name)],
      },
    ],
    plugins: [nodeResolve({ extensions: ['.ts', '.js'] }), esbuild({ target: SYNTAX[platform] })],
  };
}

/** Returns the specifier of a file of the package, from a folder of the package. */
function relativeSpecifier(folder: string, file: string): string {
  const path = posix.relative(folder, file);
  return path.startsWith('.') ? path : `./${path}`;
}

/** Imports the text of a file: `import text from 'text:./file.js'`. */
function textModules(): Plugin {
  return {
    name: 'text-modules',
    resolveId: (source, importer) =>
      source.startsWith(TEXT) && importer !== undefined
        ? TEXT + join(dirname(importer), source.slice(TEXT.length))
        : undefined,
    load: (id) =>
      id.startsWith(TEXT)
        ? `export default ${JSON.stringify(readFileSync(id.slice(TEXT.length), 'utf8'))};`
        : undefined,
  };
}

const TEXT = 'text:';

/** Marks an entry for frameworks that run components on a server alone, unless the module says otherwise. */
function ofClient(entry: RollupOptions): RollupOptions {
  return { ...entry, plugins: [entry.plugins, { name: 'of-client', banner: () => `'use client';` }] };
}

/** Lets a CommonJS module find files beside the ES module of the same name. */
function besideModule(name: string): Plugin {
  const path = posix.relative(posix.dirname(`cjs/${name}`), name);
  return {
    name: 'beside-module',
    resolveImportMeta: (property) =>
      property === 'url'
        ? `require('node:url').pathToFileURL(require('node:path').join(__dirname, '${path}')).href`
        : undefined,
  };
}

/** Compiles a finished module to a syntax. */
function olderSyntax(target: string): Plugin {
  return { name: 'older-syntax', renderChunk: async (code) => (await transform(code, { target })).code };
}

/** Adds the module type of the folder. The tools of some apps copy a file named `.cjs` instead of running it. */
function commonJsFolder(name: string): Plugin {
  return {
    name: 'common-js-folder',
    generateBundle() {
      if (name === 'index.js')
        this.emitFile({ type: 'asset', fileName: 'package.json', source: '{ "type": "commonjs" }\n' });
    },
  };
}

/** The worker for `importScripts`: one classic script with everything in it. It sets its own global. */
const standaloneEntry = (module: string, name: string): RollupOptions => ({
  input: `sw/${module}/index.ts`,
  output: {
    file: `dist/standalone/${name}.js`,
    format: 'iife',
    banner: '/*! Tokenward, MIT; the libraries in it: THIRD-PARTY-LICENSES.txt */',
  },
  plugins: [
    nodeResolve({ extensions: ['.ts', '.mjs', '.js'], browser: true }),
    // Workbox keeps its development messages behind this, which is half of the file's size.
    replace({ preventAssignment: true, values: { 'process.env.NODE_ENV': '"production"' } }),
    esbuild({ target: 'es2022' }),
    terser({
      ecma: 2020,
      // Each makes the text longer and its gzip shorter, or turns functions that name no `this` into arrows.
      compress: { passes: 3, hoist_funs: true, sequences: false, unsafe_arrows: true },
      format: { comments: /^!/ },
    }),
    standaloneFolder(),
    licences('THIRD-PARTY-LICENSES.txt'),
  ],
});

/**
 * The page module for a script element: one module with everything in it, which needs no bundler. It has no source map: apps copy
 * the file out of the package, and the map would stay there.
 */
const pageScriptEntry = (input: string, name: string): RollupOptions => ({
  input,
  output: {
    file: `dist/${name}`,
    format: 'es',
    banner: '/*! Tokenward, MIT; Comlink in it, Apache-2.0: standalone/THIRD-PARTY-LICENSES.txt */',
  },
  plugins: [
    nodeResolve({ extensions: ['.ts', '.mjs', '.js'], browser: true }),
    esbuild({ target: 'es2022' }),
    terser({ ecma: 2020, module: true, format: { comments: /^!/ } }),
  ],
});

/** The texts of other entries, for the server. */
const libraryEntry: RollupOptions = {
  input: LIBRARY_ENTRY,
  output: { file: 'dist/library.js', format: 'es' },
  plugins: [textModules(), esbuild({ target: SYNTAX.node })],
};

/** Adds the module type of the folder: a classic script is no ES module. */
function standaloneFolder(): Plugin {
  return {
    name: 'standalone-folder',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'package.json', source: '{ "type": "commonjs" }\n' });
    },
  };
}

/** Adds the licences of the libraries that are in a bundle. */
function licences(fileName: string): Plugin {
  return {
    name: 'licences',
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((output) => (output.type === 'chunk' ? output.moduleIds : []));
      const folders = new Set(
        modules.map((moduleId) => packageFolder(moduleId)).filter((folder) => folder !== undefined),
      );
      const texts = [...folders].toSorted().map((folder) => licenceText(folder));
      this.emitFile({ type: 'asset', fileName, source: texts.join('\n') });
    },
  };
}

/** The folder of the npm package that a module is of, or nothing for a module of our own. */
function packageFolder(moduleId: string): string | undefined {
  const marker = `${sep}node_modules${sep}`;
  if (!moduleId.includes(marker)) return undefined;
  let folder = dirname(moduleId);
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

function licenceText(folder: string): string {
  const name = folder.split(`${sep}node_modules${sep}`).at(-1) ?? folder;
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  return `${name}\n\n${file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim()}\n`;
}

/** The command line: one file with its libraries in it, so that an app installs none of them. */
const commandEntry: RollupOptions = {
  input: 'src/cli/index.ts',
  external: (id) => id.startsWith('node:') || id === LIBRARY_ENTRY,
  output: {
    file: 'dist/cli.js',
    format: 'es',
    banner: '#!/usr/bin/env node',
    paths: { [LIBRARY_ENTRY]: './library.js' },
  },
  plugins: [
    nodeResolve({ extensions: ['.ts', '.mjs', '.js'], preferBuiltins: true }),
    commonjs(),
    esbuild({ target: 'node20' }),
    licences('cli-licenses.txt'),
  ],
};

const configuration: RollupOptions[] = [
  moduleEntry('src/page/index.ts', 'index.js'),
  moduleEntry('sw/index.ts', 'sw.js'),
  moduleEntry('sw/workbox/index.ts', 'workbox.js'),
  moduleEntry('src/configuration/index.ts', 'config.js', 'node'),
  moduleEntry('src/server/index.ts', 'server.js', 'node'),
  moduleEntry('src/vite/index.ts', 'vite.js', 'node'),
  moduleEntry('src/testing/index.ts', 'testing.js'),
  moduleEntry('src/testing/server/index.ts', 'testing/server.js', 'node'),
  moduleEntry('src/compat/auth0/index.ts', 'compat/auth0.js'),
  moduleEntry('src/inspector/index.ts', 'inspector.js'),
  moduleEntry('src/page/auto/index.ts', 'auto-module.js'),
  ofClient(moduleEntry('src/react/index.ts', 'react.js')),
  commandEntry,
  pageScriptEntry('src/page/auto/script.ts', 'auto.js'),
  pageScriptEntry('src/page/auto/served.ts', 'page.js'),
  standaloneEntry('standalone', 'tokenward-sw'),
  // The texts in it are built before.
  libraryEntry,
  // Last: there is more in it, and its list of licences takes the place of the other's.
  standaloneEntry('workbox/standalone', 'tokenward-workbox'),
];

export default configuration;
