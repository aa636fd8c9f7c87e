import type { Plugin } from 'esbuild';

/** Lets esbuild bundle the server's source: the texts that it imports are not built yet. */
export const TEXT_MODULES: Plugin = {
  name: 'text-modules',
  setup(build) {
    build.onResolve({ filter: /^text:/ }, ({ path }) => ({ path, namespace: 'text-modules' }));
    build.onLoad({ filter: /./, namespace: 'text-modules' }, () => ({ contents: '', loader: 'text' }));
  },
};
