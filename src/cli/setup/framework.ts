import { join } from 'node:path';
import { findFile, programNames } from './app-files.ts';
import { readText } from './file-change.ts';
import { readJson, type Project } from './project.ts';

/** Framework or build tool of an app. */
export interface Framework {
  readonly name: string;
  /** The folder whose files are served as they are, from the app's folder; `undefined` where it is set elsewhere. */
  readonly publicFolder: string | undefined;
  /** Origin of its development server. */
  readonly developmentOrigin: string;
}

interface KnownFramework {
  readonly name: string;
  /** A package that only apps of this framework depend on. */
  readonly dependency: string;
  readonly developmentOrigin: string;
  readonly publicFolder: (project: Project) => string | undefined;
}

/** Those that are built on Vite come before it, and servers come last: an app may have both. */
const FRAMEWORKS: readonly KnownFramework[] = [
  {
    name: 'Next.js',
    dependency: 'next',
    developmentOrigin: 'http://localhost:3000',
    publicFolder: () => 'public',
  },
  {
    name: 'Angular',
    dependency: '@angular/core',
    developmentOrigin: 'http://localhost:4200',
    publicFolder: (project) => (servesPublic(project) ? 'public' : 'src'),
  },
  {
    name: 'SvelteKit',
    dependency: '@sveltejs/kit',
    developmentOrigin: 'http://localhost:5173',
    publicFolder: (project) => unlessNamed(project, { config: 'svelte.config', option: 'assets', folder: 'static' }),
  },
  {
    name: 'Astro',
    dependency: 'astro',
    developmentOrigin: 'http://localhost:4321',
    publicFolder: (project) => unlessNamed(project, { config: 'astro.config', option: 'publicDir', folder: 'public' }),
  },
  { name: 'Nuxt', dependency: 'nuxt', developmentOrigin: 'http://localhost:3000', publicFolder: () => 'public' },
  {
    name: 'React Router',
    dependency: '@react-router/dev',
    developmentOrigin: 'http://localhost:5173',
    publicFolder: (project) => unlessNamed(project, { config: 'vite.config', option: 'publicDir', folder: 'public' }),
  },
  {
    name: 'Create React App',
    dependency: 'react-scripts',
    developmentOrigin: 'http://localhost:3000',
    publicFolder: () => 'public',
  },
  {
    name: 'Vite',
    dependency: 'vite',
    developmentOrigin: 'http://localhost:5173',
    publicFolder: (project) => unlessNamed(project, { config: 'vite.config', option: 'publicDir', folder: 'public' }),
  },
  { name: 'Express', dependency: 'express', developmentOrigin: 'http://localhost:3000', publicFolder: publicIfThere },
  { name: 'Hono', dependency: 'hono', developmentOrigin: 'http://localhost:3000', publicFolder: publicIfThere },
];

/** The names of the frameworks that are known. */
export const FRAMEWORK_NAMES: readonly string[] = FRAMEWORKS.map(({ name }) => name);

/** Finds what an app is built with, by what it depends on; `undefined` where it is nothing known. */
export function detectFramework(project: Project): Framework | undefined {
  const known = FRAMEWORKS.find(({ dependency }) => project.dependencies.has(dependency));
  if (known === undefined) return undefined;
  const { name, developmentOrigin } = known;
  return { name, developmentOrigin, publicFolder: known.publicFolder(project) };
}

/** Returns the usual folder of an app whose server names it, if there is one. */
function publicIfThere(project: Project): string | undefined {
  return findFile(project, ['public']);
}

/** Angular serves what its build names as assets: `public` in new apps, single files of `src` in older ones. */
function servesPublic({ folder }: Project): boolean {
  const workspace = readJson(join(folder, 'angular.json'));
  return JSON.stringify(workspace ?? {}).includes('"input":"public"');
}

interface NamedFolder {
  readonly config: string;
  readonly option: string;
  readonly folder: string;
}

/**
 * Returns the usual folder; `undefined` if a configuration names another one: a configuration is a program, which is not run
 * for this.
 */
function unlessNamed(project: Project, { config, option, folder }: NamedFolder): string | undefined {
  const path = findFile(project, programNames(config));
  const text = path === undefined ? undefined : readText(join(project.folder, path));
  return text !== undefined && new RegExp(`\\b${option}\\s*:`).test(text) ? undefined : folder;
}
