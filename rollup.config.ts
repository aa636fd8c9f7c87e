import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import commonjs from '@rollup/plugin-commonjs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import replace from '@rollup/plugin-replace';
import terser from '@rollup/plugin-terser';
import type { Plugin, RollupOptions } from 'rollup';
import esbuild from 'rollup-plugin-esbuild';
import { trimLibraries } from './rollup.trim-libraries.ts';

/** The entry that an app's other entries for the page build on. */
const PAGE_ENTRY: string = join(import.meta.dirname, 'src/index.ts');

/** An entry for bundlers: dependencies stay imports, and so does the page entry, so that an app has one copy of each. */
function moduleEntry(input: string, file: string): RollupOptions {
  const pageEntry = relative(dirname(file), 'dist/index.js').split(sep).join('/');
  return {
    input,
    external: (id) => (id === PAGE_ENTRY && input !== 'src/index.ts') || !/^[./]|^[A-Za-z]:\\/.test(id),
    output: {
      file,
      format: 'es',
      sourcemap: true,
      paths: { [PAGE_ENTRY]: pageEntry.startsWith('.') ? pageEntry : `./${pageEntry}` },
    },
    plugins: [nodeResolve({ extensions: ['.ts', '.js'] }), esbuild({ target: 'es2022' })],
  };
}

/** What the script puts into the global scope; it has no exports, and is no ES module, so its types must not be either. */
function standaloneTypes(type: string, module: string): string {
  return `import type { ${type} } from '../types/sw/${module}.js' with { 'resolution-mode': 'import' };
declare global {
  const tokenward: ${type};
}
export {};
`;
}

/** The worker for `importScripts`: one classic script with everything in it. It sets its own global. */
const standaloneEntry = (module: string, name: string, type: string): RollupOptions => ({
  input: `sw/${module}.ts`,
  output: {
    file: `dist/standalone/${name}.js`,
    format: 'iife',
    banner: '/*! Tokenward, MIT; the libraries in it: THIRD-PARTY-LICENSES.txt */',
  },
  plugins: [
    nodeResolve({ extensions: ['.ts', '.mjs', '.js'], browser: true }),
    // Workbox keeps its development messages behind this, which is half of the file's size.
    replace({ preventAssignment: true, values: { 'process.env.NODE_ENV': '"production"' } }),
    trimLibraries(),
    esbuild({ target: 'es2022' }),
    terser({
      ecma: 2020,
      // Each makes the text longer and its gzip shorter, or turns functions that name no `this` into arrows.
      compress: { passes: 3, hoist_funs: true, sequences: false, unsafe_arrows: true },
      format: { comments: /^!/ },
    }),
    standaloneFolder(`${name}.d.ts`, standaloneTypes(type, module)),
    licences('THIRD-PARTY-LICENSES.txt'),
  ],
});

/** The page module for a script element: one module with everything in it, which needs no bundler. */
const autoEntry: RollupOptions = {
  input: 'src/auto.ts',
  output: {
    file: 'dist/auto.js',
    format: 'es',
    sourcemap: true,
    banner: '/*! Tokenward, MIT; Comlink in it, Apache-2.0: standalone/THIRD-PARTY-LICENSES.txt */',
  },
  plugins: [
    nodeResolve({ extensions: ['.ts', '.mjs', '.js'], browser: true }),
    esbuild({ target: 'es2022' }),
    terser({ ecma: 2020, module: true, format: { comments: /^!/ } }),
  ],
};

/** Adds what the folder needs: its own module type, types of its own. */
function standaloneFolder(typesFile: string, types: string): Plugin {
  return {
    name: 'standalone-folder',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'package.json', source: '{ "type": "commonjs" }\n' });
      this.emitFile({ type: 'asset', fileName: typesFile, source: types });
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
  input: 'src/node/cli/index.ts',
  external: /^node:/,
  output: { file: 'dist/cli.js', format: 'es', banner: '#!/usr/bin/env node' },
  plugins: [
    nodeResolve({ extensions: ['.ts', '.mjs', '.js'], preferBuiltins: true }),
    commonjs(),
    esbuild({ target: 'node20' }),
    licences('cli-licenses.txt'),
  ],
};

const configuration: RollupOptions[] = [
  moduleEntry('src/index.ts', 'dist/index.js'),
  moduleEntry('sw/module.ts', 'dist/sw.js'),
  moduleEntry('sw/workbox.ts', 'dist/workbox.js'),
  moduleEntry('src/node/index.ts', 'dist/server.js'),
  moduleEntry('src/node/vite/index.ts', 'dist/vite.js'),
  moduleEntry('src/testing/index.ts', 'dist/testing.js'),
  moduleEntry('src/node/testing/index.ts', 'dist/testing/server.js'),
  moduleEntry('src/compat/auth0/index.ts', 'dist/compat/auth0.js'),
  moduleEntry('src/inspector/index.ts', 'dist/inspector.js'),
  commandEntry,
  autoEntry,
  standaloneEntry('standalone', 'tokenward-sw', 'StandaloneTokenward'),
  // Last: there is more in it, and its list of licences takes the place of the other's.
  standaloneEntry('workbox-standalone', 'tokenward-workbox', 'StandaloneTokenwardForWorkbox'),
];

export default configuration;
