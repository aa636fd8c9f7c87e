import type { AppUnderTest, TypeScriptProject } from './app-under-test.ts';

/** Parts of an app whose worker's file stands in its folder of static files, made by `tokenward init`. */
const COPIED = ['_server', '_worker'] as const;

/** Parts of an app whose worker the Vite plugin makes. */
const PLUGIN = ['_server', '_plugin'] as const;

/** The apps, in the order of the matrix. */
export const APPS: readonly AppUnderTest[] = [
  { name: 'plain', title: 'HTML, auto.js', parts: COPIED, isInCi: true },
  { name: 'vite-5-react', title: 'Vite 5, React', parts: [...COPIED, '_react'], isInCi: true },
  { name: 'vite-6-react', title: 'Vite 6, React, plugin', parts: [...PLUGIN, '_react'] },
  { name: 'vite-7-react', title: 'Vite 7, React', parts: [...COPIED, '_react'] },
  { name: 'vite-8-react', title: 'Vite 8, React, plugin', parts: [...PLUGIN, '_react'] },
  { name: 'vite-6-vue', title: 'Vite 6, Vue', parts: COPIED },
  { name: 'vite-7-svelte', title: 'Vite 7, Svelte, plugin', parts: PLUGIN },
  { name: 'vite-8-solid', title: 'Vite 8, Solid, plugin', parts: PLUGIN },
];

/** The TypeScript projects. */
export const TYPESCRIPT_PROJECTS: readonly TypeScriptProject[] = [];
