import { join } from 'node:path';
import { findFile, programNames } from './app-files.ts';
import type { ConfigurationFormat } from './configuration-file.ts';
import { readText } from './file-change.ts';
import { detectFramework } from './framework.ts';
import type { Project } from './project.ts';
import { AUTO_FILE, WORKER_FILE } from '../../protocol/default-names.ts';

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

/** The policy of an app that signs in by itself: the first answer of the API says that it is needed. */
const PLUGIN = "plugins: [tokenward({ auto: 'on-401' })],";

/** A framework that Vite builds, and that writes the HTML itself: the plugin cannot put its element into the pages. */
interface FrameworkWithOwnHtml {
  readonly dependency: string;
  /** Name of its configuration, without the ending. */
  readonly configuration: string;
  /** The line of its configuration that adds the plugin. */
  readonly plugin: string;
  /** Files that may hold the head of its pages. */
  readonly pages: readonly string[];
}

const WITH_OWN_HTML: readonly FrameworkWithOwnHtml[] = [
  { dependency: '@sveltejs/kit', configuration: 'vite.config', plugin: PLUGIN, pages: ['src/app.html'] },
  { dependency: 'astro', configuration: 'astro.config', plugin: `vite: { ${PLUGIN.replace(/,$/, '')} },`, pages: [] },
  ...['@react-router/dev', '@remix-run/dev'].map((dependency) => ({
    dependency,
    configuration: 'vite.config',
    plugin: PLUGIN,
    pages: ['app/root.tsx', 'app/root.jsx'],
  })),
];

/**
 * Finds the lines to add to an app, for its framework. With Vite's plugin, the server of the app is that of Vite; elsewhere one line is in
 * the server and one in the page.
 */
export function findAdditions(project: Project, app: AddedTo): readonly Addition[] {
  if (project.dependencies.has('nuxt')) return additionsForNuxt(project, app);
  const own = WITH_OWN_HTML.find(({ dependency }) => project.dependencies.has(dependency));
  if (own) return [pluginAddition(project, own), elementAddition(project, own.pages, elementOfPlugin(app.base))].flat();
  if (hasVitePlugin(project)) return pluginAddition(project);
  return [
    serverAddition(project, app),
    elementAddition(project, PAGES, `<script type="module" src="${app.base}tokenward/auto.js"></script>`),
  ];
}

/**
 * Whether Vite's plugin makes the worker in the set-up that {@link findAdditions} describes. Other frameworks may have Vite for their tests.
 */
export function hasVitePlugin(project: Project): boolean {
  const hasOwnHtml = WITH_OWN_HTML.some(({ dependency }) => project.dependencies.has(dependency));
  return hasOwnHtml || detectFramework(project)?.name === 'Vite';
}

const PAGES = ['public/index.html', 'index.html', 'src/index.html', 'src/app.html'];

/** Names that the server of an app often has, from the app's folder. */
const SERVERS = ['server', 'app', 'index', 'main', 'src/server', 'src/app', 'src/index', 'src/main'];

/** Returns the line of a page, with the file that it belongs in. */
function elementAddition(project: Project, pages: readonly string[], element: string): Addition {
  return { file: findFile(project, pages) ?? 'the page, in its <head>', lines: [element] };
}

/** The element for pages that the plugin cannot put it into; at another path than `/` it says where the worker is. */
function elementOfPlugin(base: string): string {
  const where = base === '/' ? '' : ` data-worker="${base}${WORKER_FILE}" data-scope="${base}"`;
  return `<script type="module" src="${base}${AUTO_FILE}"${where}></script>`;
}

/** Returns the lines for the configuration of Vite, or of the framework around it; none if they are there. */
function pluginAddition(
  project: Project,
  { configuration, plugin }: Pick<FrameworkWithOwnHtml, 'configuration' | 'plugin'> = VITE,
): readonly Addition[] {
  const file = findFile(project, programNames(configuration)) ?? `${configuration}.js`;
  const text = readText(join(project.folder, file)) ?? '';
  if (text.includes('tokenward/vite')) return [];
  const line = text === '' ? `export default { ${plugin.replace(/,$/, '')} };` : plugin;
  return [{ file, lines: ["import { tokenward } from 'tokenward/vite';", line] }];
}

const VITE = { configuration: 'vite.config', plugin: PLUGIN };

/** Returns the lines for Nuxt, whose own server answers everything but its modules, also in development. */
function additionsForNuxt(project: Project, { configuration, base }: AddedTo): readonly Addition[] {
  const attributes = `type: 'module', src: '${base}tokenward/auto.js'`;
  return [
    {
      file: 'server/middleware/tokenward.ts',
      lines: [
        "import { createTokenward } from 'tokenward/server';",
        `import config from '~~/${configuration.replace(/\.ts$/, '')}';`,
        'export default fromNodeMiddleware(createTokenward(config).middleware);',
      ],
    },
    {
      file: findFile(project, programNames('nuxt.config')) ?? 'nuxt.config.ts',
      lines: [`app: { head: { script: [{ ${attributes} }] } },`],
    },
  ];
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
