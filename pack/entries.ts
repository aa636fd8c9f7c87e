import { join } from 'node:path';
import manifest from '../package.json' with { type: 'json' };

/** The folder of package.json. */
export const ROOT: string = join(import.meta.dirname, '..');

/** An entry of the package that has types. */
export interface Entry {
  /** The path after the package's name, such as `testing/server`; empty for the main entry. */
  readonly path: string;
  /** The files of package.json that it stands for, from the root. */
  readonly main: string;
  /** The declarations for `require`, where there are any, and those for `import`. */
  readonly types: readonly string[];
  /** The declarations that the compiler writes, which name many files. */
  readonly declarations: string;
  /** The type of the global variable that a classic script sets. */
  readonly globalType?: string;
}

/** The source of each entry's declarations, and for a classic script the type of its global variable. */
const SOURCES: Readonly<Record<string, readonly [source: string, globalType?: string]>> = {
  '.': ['src/page/index'],
  './sw': ['sw/index'],
  './sw/standalone': ['sw/standalone/index', 'StandaloneTokenward'],
  './workbox': ['sw/workbox/index'],
  './workbox/standalone': ['sw/workbox/standalone/index', 'StandaloneTokenwardForWorkbox'],
  './config': ['src/configuration/index'],
  './server': ['src/server/index'],
  './inspector': ['src/inspector/index'],
  './testing': ['src/testing/index'],
  './testing/server': ['src/testing/server/index'],
  './compat/auth0': ['src/compat/auth0/index'],
  './auto': ['src/page/auto/index'],
  './react': ['src/react/index'],
  './vite': ['src/vite/index'],
};

/** The entries of package.json that have types. */
export const ENTRIES: readonly Entry[] = Object.entries(manifest.exports).flatMap(([name, target]) => {
  if (typeof target === 'string') return [];
  const [source, globalType] = SOURCES[name] ?? [];
  if (source === undefined) throw new Error(`pack/entries.ts does not say which source ${name} is made of.`);
  const old = 'require' in target ? target.require : target;
  return [
    {
      path: name.slice(2),
      main: old.default,
      types: Array.from(new Set([old.types, target.types])),
      declarations: join(ROOT, 'dist/types', `${source}.d.ts`),
      ...(globalType !== undefined && { globalType }),
    },
  ];
});
