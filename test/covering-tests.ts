/**
 * Tests that cover a room of the sources in a browser or as a program: these run what is in `dist`, so that no import leads from them to
 * the sources. Each is a file or a folder in `test`, the most telling first: `--changed` takes as many as fit into its time. The tests that
 * import a source are found by their imports.
 */
export const COVERING_TESTS: Readonly<Record<string, readonly string[]>> = {
  docs: ['e2e/docs-site', 'e2e/quick-start'],
  site: ['e2e/docs-site'],
  'src/page': [
    'browser',
    'e2e/connect',
    'e2e/silent-renewal',
    'e2e/popup',
    'e2e/adoption',
    'e2e/auto',
    'e2e/blocked-requests',
    'e2e/clients',
    'e2e/everything-settles',
    'e2e/foreign-worker',
    'e2e/frameworks',
    'e2e/hash-routes',
    'e2e/leaving',
    'e2e/recompiled',
    'e2e/session-limits',
    'e2e/set-up-mistakes',
    'e2e/standalone-window',
    'e2e/two-apps',
  ],
  'src/compat': ['e2e/auth0-compat'],
  'src/react': ['e2e/react', 'e2e/server-rendering'],
  'src/inspector': ['e2e/inspector', 'e2e/other-listeners'],
  'src/server': [
    'server',
    'e2e/isolated-callback',
    'e2e/one-configuration',
    'e2e/quick-start',
    'e2e/policy-paths',
    'e2e/relay',
    'e2e/report-only',
    'e2e/server-rendering',
    'e2e/set-up-mistakes',
  ],
  'src/cli': ['cli', 'e2e/built-servers', 'e2e/providers', 'e2e/quick-start', 'e2e/uninstall'],
  'src/testing/server': ['e2e/testing'],
  'src/vite': ['e2e/quick-start', 'e2e/vite-configuration', 'e2e/vite-plugin'],
  'src/protocol': ['browser', 'e2e/sign-in', 'e2e/connect', 'e2e/recompiled', 'e2e/versions'],
  'src/testing': ['e2e/testing'],
  sw: ['e2e/sign-in', 'e2e/tripwire', 'e2e/takeover', 'e2e/handover', 'e2e/life', 'e2e/requests', 'e2e/static-routes'],
  'src/configuration': ['e2e/authorization-options', 'e2e/connect', 'e2e/static-routes', 'e2e/two-apis'],
  'sw/fetch': [
    'e2e/requests',
    'e2e/engine',
    'e2e/reflection',
    'e2e/fidelity',
    'e2e/installed-app',
    'e2e/planted-requests',
    'e2e/renew-on',
    'e2e/rules',
    'e2e/step-up',
    'e2e/streaming-upload',
    'e2e/two-apis',
    'e2e/unreadable-api',
    'e2e/unreadable-server',
  ],
  'sw/lifecycle': ['e2e/handover', 'e2e/versions', 'e2e/takeover', 'e2e/waiting-version', 'e2e/life', 'e2e/tripwire'],
  'sw/navigation': [
    'e2e/authorization-response',
    'e2e/silent-renewal',
    'e2e/sign-out',
    'e2e/early-errors',
    'e2e/hash-routes',
    'e2e/isolated-callback',
    'e2e/popup',
    'e2e/prefetched',
    'e2e/sign-in',
    'e2e/started-elsewhere',
  ],
  'sw/oauth': [
    'e2e/authorization-response',
    'e2e/dpop',
    'e2e/authorization-servers',
    'e2e/authorization-options',
    'e2e/dpop-attacks',
    'e2e/issuer-faults',
    'e2e/providers',
    'e2e/sign-in',
    'e2e/step-up',
    'e2e/token-endpoint-faults',
    'e2e/unreadable-server',
  ],
  'sw/rpc': ['browser', 'e2e/connect', 'e2e/heap'],
  'sw/session': [
    'e2e/life',
    'e2e/renew-on',
    'e2e/life-storage',
    'e2e/memory-vault',
    'e2e/offline',
    'e2e/session-limits',
    'e2e/soak',
    'e2e/token-endpoint-faults',
  ],
  'sw/vault': [
    'e2e/vault-attacks',
    'e2e/wrapped-vault',
    'e2e/heap-life',
    'e2e/memory-vault',
    'e2e/vault-script-attacks',
  ],
  'sw/standalone': ['e2e/static-routes', 'e2e/foreign-worker'],
  'sw/workbox': ['e2e/background-sync', 'e2e/workbox-strategies', 'e2e/workbox-builds'],
};

/** Tests of the rules between the rooms, and of the documentation, which take few seconds. */
const OF_EVERY_SOURCE: readonly string[] = ['package/rooms', 'package/docs', 'package/language'];

/**
 * Lists the tests that cover changed sources.
 *
 * @param changed paths from the root
 * @returns files and folders of tests, from the root
 */
export function coveringTests(changed: readonly string[]): readonly string[] {
  const rooms = new Set(changed.flatMap((file) => roomOf(file) ?? []));
  const covering = [...rooms].flatMap((room) => COVERING_TESTS[room] ?? []);
  const names = rooms.size === 0 ? [] : [...OF_EVERY_SOURCE, ...covering];
  return [...new Set(names)].map(pathOf);
}

/** The room with the longest path that a file is in. */
export function roomOf(file: string): string | undefined {
  const rooms = Object.keys(COVERING_TESTS).filter((room) => file.startsWith(`${room}/`));
  return rooms.toSorted((one, other) => other.length - one.length)[0];
}

/** The path of a test that {@link COVERING_TESTS} names. */
export function pathOf(name: string): string {
  return name.includes('/') ? `test/${name}.test.ts` : `test/${name}/`;
}
