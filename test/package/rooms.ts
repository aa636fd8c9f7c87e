import { posix } from 'node:path';
import type { Import } from './imports.ts';

/** What the files of a room may import beside their own room. Rooms and files end where the path segment ends. */
interface Room {
  /** Rooms, files and packages that may be imported. */
  readonly imports: readonly string[];
  /** Rooms and files of which only types may be imported: what they do is handed in. */
  readonly types?: readonly string[];
}

const PROTOCOL = 'src/protocol';
const CONFIGURATION = 'src/configuration';

const COMMAND_LINE = '@commander-js/extra-typings';

/** Every room of the house. A file that a room's rules do not fit is a room of its own, if it is named here. */
const ROOMS: Readonly<Record<string, Room>> = {
  // Everywhere.
  [PROTOCOL]: { imports: [] },
  [CONFIGURATION]: { imports: [PROTOCOL] },

  // The page.
  'src/page': { imports: [PROTOCOL] },
  'src/page/auto': { imports: [PROTOCOL, 'src/page'] },
  'src/page/worker-channel.ts': { imports: [PROTOCOL, 'src/page', 'comlink'] },

  // What builds on the page's entry, each in a bundle of its own.
  'src/inspector': {
    imports: [
      PROTOCOL,
      'src/page/explain.ts',
      'src/page/platform.ts',
      'src/page/session-store.ts',
      'src/page/own-worker.ts',
      'src/page/worker-channel.ts',
    ],
  },
  'src/testing': {
    imports: [
      PROTOCOL,
      'src/page/index.ts',
      'src/page/explain.ts',
      'src/page/listeners.ts',
      'src/page/page-user.ts',
      'src/page/session-store.ts',
    ],
  },
  'src/compat': { imports: [PROTOCOL, 'src/page/index.ts', 'src/page/platform.ts'] },
  'src/react': { imports: ['src/page/index.ts', 'react'] },

  // The server handler: Web standards, but for what adapts it to Node.
  'src/server': { imports: [PROTOCOL, CONFIGURATION, 'src/server/node', 'src/server/relay'] },
  'src/server/relay': {
    imports: [
      PROTOCOL,
      `${CONFIGURATION}/loopback.ts`,
      `${CONFIGURATION}/server-location.ts`,
      'src/server',
      'oauth4webapi',
    ],
    types: [CONFIGURATION, 'node:*'],
  },
  // Texts that were built before.
  'src/server/library.ts': { imports: ['text:../../dist/page.js', 'text:../../dist/standalone/tokenward-sw.js'] },
  'src/server/node': { imports: [PROTOCOL, 'src/server', 'node:*'] },
  'src/server/node/order-notice.ts': { imports: [`${CONFIGURATION}/loopback.ts`, 'node:*'] },
  'src/server/node/load-configuration.ts': { imports: [PROTOCOL, 'src/server/node', 'node:*'], types: [CONFIGURATION] },

  // The command line.
  'src/cli': { imports: [PROTOCOL, 'node:*'] },
  'src/cli/program.ts': { imports: ['src/cli', COMMAND_LINE] },
  'src/cli/setup': {
    imports: [
      PROTOCOL,
      'src/server/callback-document.ts',
      'src/cli/callback/propose-redirect-uri.ts',
      'src/cli/installation.ts',
      'src/cli/setup/providers',
      'src/cli/terminal.ts',
      'src/server/node/find-configuration.ts',
      'node:*',
    ],
  },
  // Data of providers: a placeholder for each value of the app.
  'src/cli/setup/providers': { imports: [`${PROTOCOL}/default-names.ts`], types: [CONFIGURATION] },
  'src/cli/setup/commands.ts': { imports: [PROTOCOL, 'src/cli', COMMAND_LINE] },
  'src/cli/setup/init-command.ts': {
    imports: [PROTOCOL, 'src/cli', 'node:*', COMMAND_LINE],
  },
  'src/cli/setup/check-command.ts': {
    imports: [
      PROTOCOL,
      CONFIGURATION,
      'src/cli',
      'src/server/app-deployment.ts',
      'src/server/node/find-configuration.ts',
      'src/server/node/load-configuration.ts',
      'node:*',
      COMMAND_LINE,
    ],
  },
  'src/cli/setup/worker-file-content.ts': { imports: [PROTOCOL, 'acorn'] },
  'src/cli/callback': { imports: [CONFIGURATION] },
  'src/cli/callback/command.ts': {
    imports: [
      PROTOCOL,
      'src/cli/callback',
      'src/server/callback-files.ts',
      'src/cli/setup/file-change.ts',
      'src/cli/terminal.ts',
      'node:*',
      COMMAND_LINE,
    ],
  },
  'src/cli/build': {
    imports: [PROTOCOL, 'src/server/app-deployment.ts', 'src/server/callback-files.ts'],
    types: [CONFIGURATION, 'src/server'],
  },
  'src/cli/build/command.ts': {
    imports: [
      'src/cli/build',
      'src/server/node/load-configuration.ts',
      'src/cli/setup/file-change.ts',
      'src/cli/terminal.ts',
      'node:*',
      COMMAND_LINE,
    ],
  },
  'src/cli/doctor': {
    imports: [PROTOCOL, CONFIGURATION, 'src/server/node/url-pattern.ts', 'src/cli/terminal.ts', 'node:*'],
  },
  'src/cli/doctor/command.ts': {
    imports: [
      PROTOCOL,
      CONFIGURATION,
      'src/cli',
      'src/server/node/find-configuration.ts',
      'src/server/node/load-configuration.ts',
      'node:*',
      COMMAND_LINE,
    ],
  },
  'src/cli/doctor/configuration-literal.ts': { imports: ['acorn', 'acorn-walk'] },
  'src/cli/doctor/isolated-callback.ts': {
    imports: [PROTOCOL, 'src/server/callback-script.ts', 'src/cli/doctor', 'node:*'],
  },

  // What the tests of an app start.
  'src/testing/server': { imports: [PROTOCOL, 'node:*', 'oauth2-mock-server'] },

  // What runs at build, and checks configurations as the worker does.
  'src/vite': { imports: [PROTOCOL, CONFIGURATION, 'node:*', 'src/server', 'src/server/relay', 'vite'] },

  // The worker. Only what puts it together sees every room.
  'sw/messages.ts': { imports: ['sw/lifecycle', 'sw/platform.ts', 'sw/rpc'] },
  'sw/worker.ts': { imports: [PROTOCOL, CONFIGURATION, 'sw'] },
  'sw/compose-session.ts': { imports: [PROTOCOL, CONFIGURATION, 'sw'] },
  'sw/compose-requests.ts': { imports: [PROTOCOL, CONFIGURATION, 'sw'] },
  'sw/start.ts': {
    imports: [
      PROTOCOL,
      CONFIGURATION,
      'sw/worker.ts',
      'sw/platform.ts',
      'sw/fetch',
      'sw/lifecycle',
      'sw/navigation',
      'sw/vault',
    ],
    types: ['sw/oauth', 'sw/tokenward.ts'],
  },
  'sw/index.ts': { imports: [PROTOCOL, 'sw/start.ts', 'sw/tokenward.ts'], types: [CONFIGURATION] },
  'sw/tokenward.ts': {
    imports: [PROTOCOL, 'sw/fetch', 'sw/vault/tagger.ts'],
    types: [CONFIGURATION, 'sw/session', 'sw/vault'],
  },
  'sw/workbox': {
    imports: [PROTOCOL, 'sw/fetch', 'workbox-background-sync'],
    types: ['sw/tokenward.ts'],
  },
  'sw/workbox/index.ts': {
    imports: ['sw/navigation', 'sw/platform.ts', 'sw/session-caches.ts', 'sw/workbox'],
    types: ['sw/tokenward.ts', 'workbox-background-sync'],
  },
  'sw/workbox/standalone': {
    imports: ['sw/index.ts', 'sw/workbox/index.ts'],
    types: [CONFIGURATION, 'sw/tokenward.ts'],
  },
  'sw/standalone': {
    imports: [
      CONFIGURATION,
      'sw/start.ts',
      'sw/activate-at-once.ts',
      'sw/platform.ts',
      'sw/fetch',
      'sw/lifecycle/activation-delay.ts',
    ],
  },
  'sw/activate-at-once.ts': { imports: ['sw/platform.ts', 'sw/lifecycle'] },
  'sw/platform.ts': { imports: [PROTOCOL] },
  'sw/session-caches.ts': { imports: ['sw/platform.ts'] },
  'sw/vault': { imports: [PROTOCOL, CONFIGURATION, 'idb-keyval'] },
  'sw/session': {
    imports: [PROTOCOL, `${CONFIGURATION}/token-target.ts`, 'sw/vault'],
    types: [`${CONFIGURATION}/parse-session-limits.ts`],
  },
  'sw/oauth': { imports: [PROTOCOL, CONFIGURATION, 'sw/vault', 'oauth4webapi'], types: ['sw/session'] },
  'sw/fetch': { imports: [PROTOCOL, CONFIGURATION], types: ['sw/vault'] },
  'sw/fetch/routes.ts': { imports: [PROTOCOL, 'sw/fetch', 'workbox-routing'] },
  'sw/navigation': {
    imports: [PROTOCOL, CONFIGURATION, 'sw/oauth', 'sw/fetch/copy-response.ts', 'sw/fetch/private-answer.ts'],
    types: ['sw/fetch', 'sw/session'],
  },
  'sw/rpc': {
    imports: [PROTOCOL, 'sw/session', 'sw/navigation/authorization-response.ts'],
    types: [CONFIGURATION, 'sw/navigation'],
  },
  'sw/rpc/accept.ts': { imports: [PROTOCOL, 'sw/rpc', 'comlink'] },
  'sw/lifecycle': { imports: [PROTOCOL], types: ['sw/vault', 'sw/session'] },
};

/**
 * Lists what each realm may import from outside it, by all of its rooms together.
 *
 * @param realms the folders that are a TypeScript project of their own
 */
export function importsByRealm(realms: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const realmOf = (path: string): string | undefined =>
    realms.filter((realm) => covers(realm, path)).toSorted((a, b) => b.length - a.length)[0];
  return new Map(
    realms.map((realm) => {
      const rooms = Object.entries(ROOMS).filter(([name]) => realmOf(name) === realm);
      const targets = rooms.flatMap(([, { imports, types = [] }]) => [...imports, ...types]);
      const outside = new Set(targets.map((target) => realmOf(target) ?? target).filter((name) => name !== realm));
      return [realm, [...outside].toSorted()] as const;
    }),
  );
}

/** Names that say nothing of what a file is for. */
const EMPTY_NAMES = /^(utils?|helpers?|common|types|constants|manager|misc|shared)$/;

/** Every entry of the package is an `index.ts`; `served.ts` is the module that the server serves. */
const ENTRY_POINTS: readonly string[] = [
  'src/page/index.ts',
  'src/page/auto/index.ts',
  'src/page/auto/served.ts',
  'src/compat/auth0/index.ts',
  'src/react/index.ts',
  'src/testing/index.ts',
  'src/testing/server/index.ts',
  'src/inspector/index.ts',
  'src/configuration/index.ts',
  'src/server/index.ts',
  'src/vite/index.ts',
  'sw/index.ts',
  'sw/standalone/index.ts',
  'sw/workbox/index.ts',
  'sw/workbox/standalone/index.ts',
];

/**
 * The sentences that say which imports break the walls between rooms.
 *
 * @returns one sentence for each import that is not allowed; none if all are
 */
export function findBrokenWalls(imports: readonly Import[]): readonly string[] {
  return imports.flatMap(({ file, target, isTypeOnly }) => {
    const name = roomOf(file);
    const room = ROOMS[name];
    if (room === undefined) return [`${file} stands in no room; give it one in test/package/rooms.ts`];

    if (isInside(target, name) || room.imports.some((pattern) => covers(pattern, target))) return [];
    if (!(room.types ?? []).some((pattern) => covers(pattern, target))) return [`${file} may not import ${target}`];
    return isTypeOnly ? [] : [`${file} may import only types of ${target}`];
  });
}

/**
 * Finds files that import each other, by way of others too, types included.
 *
 * @returns each circle that was found, as the paths along it
 */
export function findCircles(imports: readonly Import[]): readonly string[] {
  const targets = new Map(imports.map(({ file }) => [file, imports.filter((other) => other.file === file)]));
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] => {
    if (path.includes(file)) return [[...path.slice(path.indexOf(file)), file].join(' > ')];
    if (done.has(file)) return [];
    const circles = (targets.get(file) ?? []).flatMap(({ target }) => visit(target, [...path, file]));
    done.add(file);
    return circles;
  };
  return [...targets.keys()].flatMap((file) => visit(file, []));
}

/** The sentences that say which files have a name without meaning. */
export function findEmptyNames(files: readonly string[]): readonly string[] {
  return files
    .filter((file) => file.split('/').some((part) => EMPTY_NAMES.test(posix.basename(part, '.ts'))))
    .map((file) => `${file} does not say what it is for`);
}

/** Whether a file is a barrel, though not an entry point of the package: it does nothing but pass on names. */
export function isBarrel(file: string, text: string): boolean {
  return !ENTRY_POINTS.includes(file) && /^export\s+(type\s+)?(\*|\{[^}]*\})\s*(as\s+\w+\s+)?from\s/m.test(text);
}

/** The room with the longest name that holds the file. */
function roomOf(file: string): string {
  const names = Object.keys(ROOMS).filter((name) => covers(name, file));
  return names.toSorted((a, b) => b.length - a.length)[0] ?? posix.dirname(file);
}

/** A room's own files; a room ends where a folder begins that is a room of its own. */
function isInside(target: string, room: string): boolean {
  if (!target.startsWith('src') && !target.startsWith('sw')) return false;
  const nearest = roomOf(target);
  return covers(room, target) && (nearest.endsWith('.ts') || covers(nearest, room));
}

function covers(pattern: string, target: string): boolean {
  if (pattern.endsWith(':*')) return target.startsWith(pattern.slice(0, -1));
  return target === pattern || target.startsWith(`${pattern}/`);
}
