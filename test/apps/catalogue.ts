import type { AppUnderTest, TypeScriptProject } from './app-under-test.ts';

/** Parts of an app whose worker's file stands in its folder of static files, made by `tokenward init`. */
const COPIED = ['_server', '_worker'] as const;

/** Parts of an app whose worker the Vite plugin makes. */
const PLUGIN = ['_server', '_plugin'] as const;

/** Parts of a React app that Vite builds. */
const REACT = [...COPIED, '_react'] as const;
/** Parts of an app whose configuration is the one file that Vite's plugin and the server read. */
const ONE_FILE = ['_configuration', '_one-file'] as const;
const REACT_WITH_ONE_FILE = ['_react', ...ONE_FILE, '_react-plugin'] as const;
const REACT_WITH_PLUGIN = [...PLUGIN, '_react'] as const;

/** Parts of an app that webpack builds. */
const WEBPACK = [...COPIED, '_webpack'] as const;

/** Settings for webpack 4 on a newer Node: the hash that it uses, and its cache, which knows no modules. */
const WEBPACK_4 = { NODE_OPTIONS: '--openssl-legacy-provider', DISABLE_V8_COMPILE_CACHE: '1' } as const;

/** The apps, in the order of the matrix. */
export const APPS: readonly AppUnderTest[] = [
  { name: 'plain', title: 'HTML, auto.js', parts: COPIED, isInCi: true },
  { name: 'vite-5-react', title: 'Vite 5, React, one file', parts: REACT_WITH_ONE_FILE, isInCi: true },
  { name: 'vite-6-react', title: 'Vite 6, React, one file', parts: REACT_WITH_ONE_FILE, isInCi: true },
  { name: 'vite-7-react', title: 'Vite 7, React, one file', parts: REACT_WITH_ONE_FILE, isInCi: true },
  { name: 'vite-8-react', title: 'Vite 8, React, plugin', parts: REACT_WITH_PLUGIN },
  { name: 'vite-6-vue', title: 'Vite 6, Vue', parts: COPIED },
  { name: 'vite-7-svelte', title: 'Vite 7, Svelte, plugin', parts: PLUGIN },
  { name: 'vite-8-solid', title: 'Vite 8, Solid, plugin', parts: PLUGIN },
  { name: 'webpack-5', title: 'webpack 5, Babel preset-env', parts: WEBPACK, isInCi: true },
  { name: 'create-react-app', title: 'Create React App 5', parts: REACT },
  { name: 'webpack-4', title: 'webpack 4, Babel preset-env', parts: WEBPACK, environment: WEBPACK_4 },
  { name: 'angular', title: 'Angular 21, <base>', parts: COPIED, isInCi: true },
  {
    name: 'angular-ngsw',
    title: 'Angular 21, ngsw',
    parts: ['_server-precache', 'angular'],
    modes: ['production'],
  },
  { name: 'vue-hash', title: 'vue-router, hash', parts: [...COPIED, 'vite-6-vue'], routes: '#/', isInCi: true },
  { name: 'subpath', title: 'Vite 8 at /app/, plugin', parts: REACT_WITH_PLUGIN, base: '/app/' },
  { name: 'pwa', title: 'vite-plugin-pwa', parts: ['_react'], modes: ['production'] },
  { name: 'msw', title: 'MSW', parts: REACT, modes: ['development'] },
  { name: 'leftover', title: 'after a foreign worker', parts: [...COPIED, 'plain'], before: 'before', isInCi: true },
  { name: 'next', title: 'Next.js 16, exported', parts: COPIED },
  { name: 'sveltekit', title: 'SvelteKit, one page, plugin, auto', parts: ONE_FILE },
  { name: 'react-router-7', title: 'React Router 7, plugin, auto', parts: ONE_FILE },
  { name: 'astro-5', title: 'Astro 5, plugin, auto', parts: ONE_FILE },
  { name: 'nuxt-4', title: 'Nuxt 4, rendered by a server', parts: ['_configuration'] },
];

/** The TypeScript projects. */
export const TYPESCRIPT_PROJECTS: readonly TypeScriptProject[] = [
  { name: 'typescript-4.9', title: 'TypeScript 4.9', resolutions: ['node', 'node16'], isInCi: true },
  { name: 'typescript-5.0', title: 'TypeScript 5.0', resolutions: ['node', 'node16', 'bundler'] },
  { name: 'typescript-5.5', title: 'TypeScript 5.5', resolutions: ['node', 'node16', 'bundler'] },
  { name: 'typescript-7', title: 'TypeScript 7', resolutions: ['node16', 'bundler'], isInCi: true },
];
