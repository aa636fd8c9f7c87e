import { readFile } from 'node:fs/promises';
import { transformAsync as transformWithBabel } from '@babel/core';
import { transform as transformWithSwc } from '@swc/core';
import { build, transform as transformWithEsbuild, type Plugin, type TransformOptions } from 'esbuild';
import { minify } from 'terser';
import { ROOT } from './build.ts';

/** Compiles a module as an app's tools do, once more. */
type Compile = (code: string) => Promise<string>;

/** The syntax that Vite 5 and 6 compile to, dependencies included, where an app says nothing else. */
const VITE_5_TARGET = ['es2020', 'edge88', 'firefox78', 'chrome87', 'safari14'];

function compileWithBabel(options: Readonly<Record<string, unknown>>): Compile {
  return async (code) => {
    const presets = [['@babel/preset-env', { modules: false, ...options }]];
    const result = await transformWithBabel(code, { cwd: ROOT, presets, configFile: false, babelrc: false });
    return result?.code ?? '';
  };
}

function compileWithEsbuild(target: string | string[], options: TransformOptions = {}): Compile {
  return async (code) => (await transformWithEsbuild(code, { target, ...options })).code;
}

/**
 * Compilers of apps, with the settings that change the most. Property names stay as they are with all of them: page and worker
 * are compiled apart and call each other by name. So Terser renames what begins with an underscore, as apps let it, and no more.
 */
export const COMPILERS: Readonly<Record<string, Compile>> = {
  'esbuild, es2017': compileWithEsbuild('es2017'),
  'esbuild, chrome87': compileWithEsbuild('chrome87'),
  'esbuild, as Vite 5 and 6 call it': compileWithEsbuild(VITE_5_TARGET, {
    minify: true,
    // Safari 14 has one mistake in it, which newer versions of esbuild refuse.
    supported: { destructuring: true },
  }),
  'Babel, defaults': compileWithBabel({ targets: 'defaults' }),
  'Babel, Internet Explorer 11': compileWithBabel({ targets: 'ie 11' }),
  'Babel, Internet Explorer 11, loose': compileWithBabel({ targets: 'ie 11', loose: true }),
  'SWC, es5': async (code) => {
    const jsc = { target: 'es5', parser: { syntax: 'ecmascript' }, externalHelpers: false } as const;
    return (await transformWithSwc(code, { jsc, isModule: true, swcrc: false, configFile: false })).code;
  },
  'SWC, minified': async (code) => {
    const jsc = { target: 'es2017', minify: { compress: true, mangle: true } } as const;
    return (await transformWithSwc(code, { jsc, isModule: true, swcrc: false, configFile: false, minify: true })).code;
  },
  'Terser, unsafe, and names with an underscore': async (code) => {
    const compress = { passes: 2, unsafe: true, unsafe_arrows: true, unsafe_methods: true, pure_getters: true };
    const { code: minified } = await minify(code, { module: true, compress, mangle: { properties: { regex: /^_/ } } });
    return minified ?? '';
  },
};

/** What is compiled, and how. */
export interface Recompilation {
  /** The text of a module that imports files of the package from the root. */
  readonly entry: string;
  readonly format: 'esm' | 'iife';
  readonly compile: Compile;
  /** Changes the text of the package's own files before; for what must not work. */
  readonly change?: (code: string) => string;
}

/** Bundles an entry of which each module, dependencies included, is compiled again. */
export async function recompile({ entry, format, compile, change }: Recompilation): Promise<string> {
  const compiling: Plugin = {
    name: 'compile-again',
    setup: ({ onLoad }) => {
      onLoad({ filter: /\.m?js$/ }, async ({ path }) => {
        const code = await readFile(path, 'utf8');
        const isOwn = !path.includes('node_modules');
        return { contents: await compile(isOwn && change ? change(code) : code), loader: 'js' };
      });
    },
  };
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: ROOT, loader: 'js' },
    bundle: true,
    format,
    target: 'esnext',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [compiling],
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}
