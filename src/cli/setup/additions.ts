import { join } from 'node:path';
import { findFile, programNames } from './app-files.ts';
import type { ConfigurationFormat } from './configuration-file.ts';
import { readText } from './file-change.ts';
import type { Project } from './project.ts';

/** Lines that the user adds to a file of the app. */
export interface Addition {
  /** Path of the file from the app's folder, or a description of it. */
  readonly file: string;
  readonly lines: readonly string[];
}

/** Facts of an app that the lines depend on. */
interface AddedTo {
  readonly format: ConfigurationFormat;
  /** Name of the configuration's file. */
  readonly configuration: string;
  /** Path of the app. */
  readonly base: string;
}

/** Packages of frameworks whose build Vite makes, but whose pages are in no `index.html`. */
const WITHOUT_INDEX = ['@sveltejs/kit', 'astro', 'nuxt', '@remix-run/dev', '@react-router/dev'];

/**
 * Finds the lines to add to an app, for its framework. With Vite's plugin both are in the configuration of Vite; elsewhere one
 * is in the server and one in the page.
 */
export function findAdditions(project: Project, app: AddedTo): readonly Addition[] {
  const isVite = project.dependencies.has('vite') && !WITHOUT_INDEX.some((name) => project.dependencies.has(name));
  if (isVite) return additionsForVite(project);
  const page = findFile(project, PAGES) ?? 'the page, in its <head>';
  const element = `<script type="module" src="${app.base}tokenward/auto.js"></script>`;
  return [serverAddition(project, app), { file: page, lines: [element] }];
}

const PAGES = ['public/index.html', 'index.html', 'src/index.html', 'src/app.html'];

/** Names that the server of an app often has, from the app's folder. */
const SERVERS = ['server', 'app', 'index', 'main', 'src/server', 'src/app', 'src/index', 'src/main'];

function additionsForVite(project: Project): readonly Addition[] {
  const file = findFile(project, programNames('vite.config')) ?? 'vite.config.js';
  const text = readText(join(project.folder, file)) ?? '';
  if (text.includes('tokenward/vite')) return [];
  // The policy of an app that signs in by itself: the first answer of the API says that it is needed.
  const lines = ["import { tokenward } from 'tokenward/vite';", "plugins: [tokenward({ auto: 'on-401' })],"];
  if (text !== '') return [{ file, lines }];
  return [{ file, lines: [lines[0] ?? '', `export default { ${lines[1]?.replace(/,$/, '')} };`] }];
}

/** Returns the lines for the server: for Hono, those with the function of Web standards; for any other, the middleware. */
function serverAddition(project: Project, { format, configuration }: AddedTo): Addition {
  const server = findFile(
    project,
    SERVERS.flatMap(programNames).filter((path) => isServer(project, path)),
  );
  const path = up(server) + configuration.replace(/ts$/, 'js');
  const imports =
    format === 'commonjs'
      ? ["const { createTokenward } = require('tokenward/server');", `const config = require('${path}');`]
      : ["import { createTokenward } from 'tokenward/server';", `import config from '${path}';`];
  const use = project.dependencies.has('hono')
    ? 'export default { fetch: createTokenward(config).fetch(app.fetch) };'
    : 'app.use(createTokenward(config).middleware); // before anything that serves files';
  return { file: server ?? 'the server of the app', lines: [...imports, use] };
}

/** Returns the way from a file to the app's folder. */
function up(file = ''): string {
  return '../'.repeat(file.split('/').length - 1) || './';
}

const SERVER = /\b(?:express|connect|polka|restana|createServer|Hono|createTokenward)\s*[(<]|\bfrom ["']node:http["']/;

function isServer({ folder }: Project, path: string): boolean {
  return SERVER.test(readText(join(folder, path)) ?? '');
}

/** Formats the lines for people, with the way for hosts whose server runs no JavaScript. */
export function formatAdditions(additions: readonly Addition[]): readonly string[] {
  return [
    ...additions.flatMap(({ file, lines }) => ['', `Add to ${file}:`, ...lines.map((line) => `  ${line}`)]),
    '',
    'A host without a server in JavaScript gets its files from: npx tokenward build --help',
  ];
}
