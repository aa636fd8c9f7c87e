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

const COMMAND_LINE = '@commander-js/extra-typings';

/** Every room of the house. A file that stands directly in `src` or `sw` is a room of its own, if it is named here. */
const ROOMS: Readonly<Record<string, Room>> = {
  [PROTOCOL]: { imports: [] },

  // The page.
  src: { imports: [PROTOCOL] },
  'src/worker-channel.ts': { imports: [PROTOCOL, 'comlink'] },

  // What builds on the page's entry, each in a bundle of its own.
  'src/inspector': {
    imports: [PROTOCOL, 'src/explain.ts', 'src/platform.ts', 'src/session-store.ts', 'src/worker-channel.ts'],
    types: ['src/own-worker.ts'],
  },
  'src/testing': {
    imports: [PROTOCOL, 'src/index.ts', 'src/explain.ts', 'src/listeners.ts', 'src/session-store.ts'],
  },
  'src/compat': { imports: [PROTOCOL, 'src/index.ts', 'src/platform.ts'] },

  // The server handler, and the command line.
  'src/node': { imports: [PROTOCOL, 'node:*'] },
  'src/node/cli': { imports: [PROTOCOL, 'node:*'] },
  'src/node/cli/program.ts': { imports: ['src/node/cli', COMMAND_LINE] },
  'src/node/cli/setup': {
    imports: [
      PROTOCOL,
      'src/node/callback-document.ts',
      'src/node/cli/callback/propose-redirect-uri.ts',
      'src/node/cli/installation.ts',
      'src/node/cli/terminal.ts',
      'node:*',
    ],
  },
  'src/node/cli/setup/commands.ts': { imports: ['src/node/cli', COMMAND_LINE] },
  'src/node/cli/setup/worker-file-content.ts': { imports: ['acorn'] },
  'src/node/cli/callback': { imports: [] },
  'src/node/cli/callback/command.ts': {
    imports: [
      'src/node/cli/callback',
      'src/node/callback-files.ts',
      'src/node/cli/setup/file-change.ts',
      'src/node/cli/terminal.ts',
      'node:*',
      COMMAND_LINE,
    ],
  },
  'src/node/cli/doctor': { imports: [PROTOCOL, 'src/node/cli/terminal.ts', 'node:*'] },
  'src/node/cli/doctor/command.ts': { imports: ['src/node/cli', COMMAND_LINE] },
  'src/node/cli/doctor/configuration-literal.ts': { imports: ['acorn', 'acorn-walk'] },
  'src/node/cli/doctor/isolated-callback.ts': {
    imports: [PROTOCOL, 'src/node/callback-script.ts', 'src/node/cli/doctor', 'node:*'],
  },

  // What the tests of an app start.
  'src/node/testing': { imports: [PROTOCOL, 'node:*', 'oauth2-mock-server'] },

  // What runs at build, and checks configurations as the worker does.
  'src/node/vite': { imports: [PROTOCOL, 'node:*', 'src/node', 'vite', 'sw/config'] },

  // The worker. Only what puts it together sees every room.
  'sw/messages.ts': { imports: ['sw/lifecycle', 'sw/platform.ts', 'sw/rpc'] },
  'sw/worker.ts': { imports: [PROTOCOL, 'sw'] },
  'sw/index.ts': {
    imports: [PROTOCOL, 'sw/worker.ts', 'sw/platform.ts', 'sw/config', 'sw/navigation', 'sw/vault'],
    types: ['sw/oauth', 'sw/tokenward.ts'],
  },
  'sw/module.ts': { imports: [PROTOCOL, 'sw/index.ts', 'sw/tokenward.ts'], types: ['sw/config'] },
  'sw/tokenward.ts': { imports: [PROTOCOL, 'sw/fetch', 'sw/vault/mark.ts'], types: ['sw/session', 'sw/vault'] },
  'sw/workbox.ts': {
    imports: ['sw/navigation', 'sw/platform.ts', 'sw/session-caches.ts', 'sw/workbox'],
    types: ['sw/tokenward.ts', 'workbox-background-sync'],
  },
  'sw/workbox': {
    imports: [PROTOCOL, 'sw/fetch', 'workbox-background-sync'],
    types: ['sw/tokenward.ts'],
  },
  'sw/workbox-standalone.ts': {
    imports: ['sw/module.ts', 'sw/workbox.ts'],
    types: ['sw/config', 'sw/tokenward.ts'],
  },
  'sw/standalone.ts': { imports: ['sw/index.ts', 'sw/platform.ts', 'sw/config', 'sw/fetch'] },
  'sw/platform.ts': { imports: [PROTOCOL] },
  'sw/session-caches.ts': { imports: ['sw/platform.ts'] },
  'sw/config': { imports: [PROTOCOL, 'sw/fetch/path.ts'], types: ['sw/fetch'] },
  'sw/vault': { imports: [PROTOCOL, 'idb-keyval'], types: ['sw/config'] },
  'sw/session': { imports: [PROTOCOL, 'sw/vault'] },
  'sw/oauth': { imports: [PROTOCOL, 'sw/vault', 'oauth4webapi'], types: ['sw/config', 'sw/session'] },
  'sw/fetch': { imports: [PROTOCOL], types: ['sw/config', 'sw/vault'] },
  'sw/fetch/routes.ts': { imports: [PROTOCOL, 'sw/fetch', 'workbox-routing'] },
  'sw/navigation': {
    imports: [PROTOCOL, 'sw/oauth', 'sw/fetch/private-answer.ts'],
    types: ['sw/config', 'sw/fetch', 'sw/session'],
  },
  'sw/rpc': {
    imports: [PROTOCOL, 'sw/session', 'sw/navigation/authorization-response.ts'],
    types: ['sw/config', 'sw/navigation'],
  },
  'sw/rpc/accept.ts': { imports: [PROTOCOL, 'sw/rpc', 'comlink'] },
  'sw/lifecycle': { imports: [PROTOCOL], types: ['sw/vault', 'sw/session'] },
};

/** Names that say nothing of what a file is for. */
const EMPTY_NAMES = /^(utils?|helpers?|common|types|constants|manager|misc|shared)$/;

const ENTRY_POINTS: readonly string[] = [
  'src/index.ts',
  'src/compat/auth0/index.ts',
  'src/testing/index.ts',
  'src/node/testing/index.ts',
  'src/inspector/index.ts',
  'src/node/index.ts',
  'sw/module.ts',
  'src/node/vite/index.ts',
  'sw/standalone.ts',
  'sw/workbox.ts',
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

    if (isInside(target, name, file) || room.imports.some((pattern) => covers(pattern, target))) return [];
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
  const names = Object.keys(ROOMS).filter((name) => covers(name, file) && (name !== 'src' || isDirectly(file, name)));
  return names.toSorted((a, b) => b.length - a.length)[0] ?? posix.dirname(file);
}

/** A room's own files; a room ends where a folder begins that is a room of its own. */
function isInside(target: string, room: string, file: string): boolean {
  if (!target.startsWith('src') && !target.startsWith('sw')) return false;
  if (posix.dirname(file) === 'src') return isDirectly(target, 'src');
  const nearest = roomOf(target);
  return covers(room, target) && (nearest.endsWith('.ts') || covers(nearest, room));
}

function isDirectly(file: string, folder: string): boolean {
  return posix.dirname(file) === folder;
}

function covers(pattern: string, target: string): boolean {
  if (pattern.endsWith(':*')) return target.startsWith(pattern.slice(0, -1));
  return target === pattern || target.startsWith(`${pattern}/`);
}
