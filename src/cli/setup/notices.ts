import { CALLBACK_NAME, CALLBACK_PATH, ENDPOINT_FOLDER, WORKER_FILE } from '../../protocol/default-names.ts';
import { join } from 'node:path';
import { hasMembers } from '../../protocol/json.ts';
import { findFile, programNames, readSourceFiles, type SourceFile } from './app-files.ts';
import { readText } from './file-change.ts';
import { findOtherWorkers, type Notice } from './other-workers.ts';
import { readJson, type Project } from './project.ts';

/** Finds what in an app needs a step of its own: other workers, routes where Tokenward's endpoints are, a base path. */
export function findNotices(project: Project): readonly Notice[] {
  const sources = readSourceFiles(project);
  return [...findOtherWorkers(project, sources), ...findRoutes(project, sources), ...findBase(project)];
}

/** Formats notices as lines for people. */
export function formatNotices(notices: readonly Notice[]): readonly string[] {
  if (notices.length === 0) return [];
  return ['', 'Found in the app:', ...notices.flatMap(({ found, advice }) => [`  ${found}`, `    ${advice}`])];
}

/** A path that Tokenward answers by default, as the path of a route or link; the first segment may stand alone. */
const ROUTE = new RegExp(
  `(?:\\b(?:path|to|href)\\s*[:=]\\s*\\{?\\s*(["'\`])\\/?${ENDPOINT_FOLDER}\\1` +
    `|(["'\`])\\/${ENDPOINT_FOLDER}(?:\\/(?:login|logout|${CALLBACK_NAME}|session|\\*))?\\2)`,
);

const ROUTE_FOLDERS = ['src/app', 'app', 'src/pages', 'pages', 'src/routes'].map(
  (folder) => `${folder}/${ENDPOINT_FOLDER}`,
);

/** Files of Tokenward in the app, which name its endpoints. */
const OWN_FILES = /(?:^|\/)tokenward\.config\.\w+$|tokenward-sw\.js$/;

/** Finds routes of the app at `/auth`. */
function findRoutes(project: Project, sources: readonly SourceFile[]): readonly Notice[] {
  const isFileRouted = ['next', 'nuxt', '@sveltejs/kit', 'astro'].some((name) => project.dependencies.has(name));
  const folder = isFileRouted ? findFile(project, ROUTE_FOLDERS) : undefined;
  const source = sources.find(({ path, text }) => !OWN_FILES.test(path) && ROUTE.test(text));
  const found = folder ?? source?.path;
  if (found === undefined) return [];
  const advice =
    `The app seems to have routes at /${ENDPOINT_FOLDER}, where Tokenward answers /${ENDPOINT_FOLDER}/login, ` +
    `/${ENDPOINT_FOLDER}/logout, /${ENDPOINT_FOLDER}/session and /${CALLBACK_PATH}: ` +
    "if these are the app's own, set endpointPath: '/session' in the configuration.";
  return [{ found, advice }];
}

interface BaseSetting {
  readonly files: readonly string[];
  readonly pattern: RegExp;
}

/** Settings of frameworks whose text says the base path. */
const BASES: readonly BaseSetting[] = [
  { files: programNames('vite.config'), pattern: /\bbase\s*:\s*(["'`])(\/[^"'`]+)\1/ },
  { files: programNames('astro.config'), pattern: /\bbase\s*:\s*(["'`])(\/[^"'`]+)\1/ },
  { files: programNames('svelte.config'), pattern: /\bbase\s*:\s*(["'`])(\/[^"'`]+)\1/ },
  { files: programNames('nuxt.config'), pattern: /\bbaseURL\s*:\s*(["'`])(\/[^"'`]+)\1/ },
  { files: programNames('next.config'), pattern: /\bbasePath\s*:\s*(["'`])(\/[^"'`]+)\1/ },
  { files: ['angular.json'], pattern: /"baseHref"\s*:\s*(")(\/[^"]+)"/ },
];

/** Finds the path of the app in the configuration of its framework; `/` where that names none. */
export function findBasePath(project: Project): string {
  return readBase(project)?.base ?? '/';
}

function findBase(project: Project): readonly Notice[] {
  const setting = readBase(project);
  return setting === undefined ? [] : [adviseBase(setting.found, setting.base)];
}

/** Reads the path below which the app is served, with slashes around it, and the name of the file that sets it. */
function readBase(project: Project): { readonly found: string; readonly base: string } | undefined {
  for (const { files, pattern } of BASES) {
    const found = findFile(project, files);
    const base = found && pattern.exec(readText(join(project.folder, found)) ?? '')?.[2];
    if (found && base && base !== '/') return { found, base: `${base.replace(/\/$/, '')}/` };
  }
  const base = project.dependencies.has('react-scripts') ? readHomepage(project) : '/';
  return base === '/' ? undefined : { found: 'package.json', base: `${base.replace(/\/$/, '')}/` };
}

/** Reads the path of `homepage`, which Create React App takes for the base path. */
function readHomepage({ folder }: Project): string {
  const manifest = readJson(join(folder, 'package.json'));
  const homepage = hasMembers(manifest) ? manifest['homepage'] : undefined;
  const origin = 'https://app.invalid';
  return typeof homepage === 'string' && URL.canParse(homepage, origin) ? new URL(homepage, origin).pathname : '/';
}

function adviseBase(found: string, base: string): Notice {
  const advice =
    `The app is served below ${base}: set base: '${base}' in the configuration, and ` +
    `call connect({ worker: '${base}${WORKER_FILE}' }).`;
  return { found, advice };
}
