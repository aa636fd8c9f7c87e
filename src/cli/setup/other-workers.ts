import { LIBRARY_FILE, WORKER_FILE } from '../../protocol/default-names.ts';
import { join } from 'node:path';
import { findFile, programNames, type SourceFile } from './app-files.ts';
import { readText } from './file-change.ts';
import type { Project } from './project.ts';

/** Something in the app that needs a step of its own. */
export interface Notice {
  /** Package, file or route that was found. */
  readonly found: string;
  /** Advice in one sentence. */
  readonly advice: string;
}

/** A package or tool that brings a service worker. */
interface KnownWorker {
  /** Packages that show that the app has it. */
  readonly dependencies: RegExp;
  /** Files that show it, from the app's folder. */
  readonly files: readonly string[];
  readonly advice: string;
}

const ONE_SCOPE = 'A scope has one service worker';

const WORKERS: readonly KnownWorker[] = [
  {
    dependencies: /^@angular\/service-worker$/,
    files: ['ngsw-config.json', 'src/ngsw-config.json'],
    advice: `${ONE_SCOPE}: import ngsw-worker.js in ${WORKER_FILE} after tokenward.start(), and register that file with provideServiceWorker() (docs/frameworks.md, "Angular with its service worker").`,
  },
  {
    dependencies:
      /^(?:vite-plugin-pwa|@vite-pwa\/.*|workbox-.*|next-pwa|@ducanh2912\/next-pwa|@?serwist(?:\/.*)?|gatsby-plugin-offline)$/,
    files: [...programNames('workbox-config'), 'workbox-config.json'],
    advice: `${ONE_SCOPE}: put Tokenward into the worker that Workbox makes, instead of a separate file, and keep ${WORKER_FILE} and ${LIBRARY_FILE} out of the precache (docs/pwa.md).`,
  },
  {
    dependencies: /^msw$/,
    files: ['public/mockServiceWorker.js', 'static/mockServiceWorker.js', 'src/mockServiceWorker.js'],
    advice: `${ONE_SCOPE}: in development, import mockServiceWorker.js in ${WORKER_FILE} and start MSW with serviceWorker: { url: '/${WORKER_FILE}' }, or use tokenward/testing (docs/testing.md, "Mock Service Worker").`,
  },
  {
    dependencies: /^$/,
    files: ['public/firebase-messaging-sw.js', 'static/firebase-messaging-sw.js', 'src/firebase-messaging-sw.js'],
    advice:
      'Move it into a folder of its own, such as /push/firebase-messaging-sw.js, register it there, give its path to otherWorkers of the server, and check it: npx tokenward doctor --other-worker /push/firebase-messaging-sw.js.',
  },
  {
    dependencies: /^(?:react-onesignal|@onesignal\/.*|onesignal-ngx)$/,
    files: ['public/OneSignalSDKWorker.js', 'static/OneSignalSDKWorker.js', 'src/OneSignalSDKWorker.js'],
    advice: `${ONE_SCOPE}: move OneSignal's worker into a folder of its own (serviceWorkerPath: 'push/OneSignalSDKWorker.js', serviceWorkerParam: { scope: '/push/' }), and give its path to otherWorkers of the server.`,
  },
  {
    dependencies: /^$/,
    files: ['src/service-worker.js', 'src/service-worker.ts'],
    advice: `${ONE_SCOPE}: start Tokenward in this worker, with startTokenward() of tokenward/sw (docs/pwa.md), or remove its registration from the app.`,
  },
];

/** Finds the other service workers of an app, and says what to do about each. */
export function findOtherWorkers(project: Project, sources: readonly SourceFile[]): readonly Notice[] {
  const known = WORKERS.flatMap(({ dependencies, files, advice }) => {
    const found = findFile(project, files) ?? [...project.dependencies].find((name) => dependencies.test(name));
    return found === undefined ? [] : [{ found, advice }];
  });
  const precaches = findPrecaches(project);
  if (known.length > 0) return [...known, ...precaches];
  // The registration in the source of the app reveals any other worker.
  const registering = sources.find(({ text }) => /\bserviceWorker\s*\??\.\s*register\s*\(/.test(text));
  if (registering === undefined) return precaches;
  const advice = `It registers a service worker. ${ONE_SCOPE}: import that worker in ${WORKER_FILE} after tokenward.start(), or remove its registration from the app.`;
  return [{ found: registering.path, advice }, ...precaches];
}

/**
 * Finds lists of files to cache that may hold the worker script. The server gives it to registrations only, so a worker that
 * fetches it to cache it gets 403 and is never installed.
 */
function findPrecaches(project: Project): readonly Notice[] {
  const isOfVite = project.dependencies.has('vite-plugin-pwa');
  const workbox = [...programNames('workbox-config'), 'workbox-config.json'];
  const precaches: readonly Precache[] = [
    {
      path: findFile(project, ['ngsw-config.json', 'src/ngsw-config.json']),
      standard: '',
      entry: `add "!/${WORKER_FILE}" and "!/${LIBRARY_FILE}" to the "files" of that asset group`,
    },
    {
      path: findFile(project, isOfVite ? [...workbox, ...programNames('vite.config')] : workbox),
      standard: '**/*.{js,css,html}',
      entry: "add globIgnores: ['**/node_modules/**/*', 'tokenward-*.js']",
    },
  ];
  return precaches.flatMap(({ path, standard, entry }) => {
    const text = path === undefined ? undefined : readText(join(project.folder, path));
    if (path === undefined || text === undefined || /tokenward-(?:sw|\*)/.test(text)) return [];
    const patterns = /\bglobPatterns\b/.test(text) ? text : `${standard}${text}`;
    if (!SCRIPT_PATTERN.test(patterns)) return [];
    const advice = `Its pattern for scripts would cache the worker script, which the server refuses: ${entry}.`;
    return [{ found: path, advice }];
  });
}

/** A configuration of files to cache. */
interface Precache {
  /** Path of the configuration; `undefined` where there is none. */
  readonly path: string | undefined;
  /** Pattern where the configuration has none. */
  readonly standard: string;
  /** Entry that keeps Tokenward's files out. */
  readonly entry: string;
}

/** A pattern of files that matches scripts. */
const SCRIPT_PATTERN = /\*[^'"`\s]*(?:\.js\b|\{[^}'"`]*\bjs\b)/;
