import { posix } from 'node:path';
import type { Plugin, ViteDevServer } from 'vite';

const MODULE = 'virtual:tokenward-changed-worker';
const EVENT = 'tokenward:changed-worker';

/** Time limit for a page to bring the changed worker in, in milliseconds; then it is reloaded all the same. */
const TIMEOUT_MS = 10_000;

/**
 * Runs in the app's page. A page that is only reloaded would begin with the worker of before: the browser looks for another
 * one a second later.
 */
const SCRIPT = `
const activated = async () => {
  const registration = await navigator.serviceWorker.getRegistration();
  await registration?.update();
  const next = registration?.installing ?? registration?.waiting;
  if (!next) return;
  await new Promise((resolve) => {
    const look = () => ['activated', 'redundant'].includes(next.state) && resolve();
    next.addEventListener('statechange', look);
    look();
  });
};
import.meta.hot.on('${EVENT}', async () => {
  const waited = new Promise((resolve) => setTimeout(resolve, ${TIMEOUT_MS}));
  await Promise.race([activated(), waited]).catch(console.warn);
  location.reload();
});
`;

/** The part of the plugin that brings a changed worker into the pages of the development server. */
export interface ChangedWorker {
  /** Gives Vite the module for the page. */
  readonly hooks: Pick<Plugin, 'resolveId' | 'load'>;
  /** Creates the script element that loads the module. */
  readonly createTag: (base: string) => { tag: string; attrs: Record<string, string> };
  /** Has every open page take the changed worker, and load itself again. */
  readonly tellPages: (server: ViteDevServer) => void;
}

export function createChangedWorker(): ChangedWorker {
  let isLoaded = false;
  return {
    hooks: {
      resolveId: (id) => (id === MODULE ? id : undefined),
      load(id) {
        if (id !== MODULE) return undefined;
        isLoaded = true;
        return SCRIPT;
      },
    },
    createTag: (base) => ({ tag: 'script', attrs: { type: 'module', src: posix.join(base, `@id/${MODULE}`) } }),
    tellPages({ ws }) {
      // Pages that Vite has not made, such as pages rendered on a server, do not have the module.
      ws.send(isLoaded ? { type: 'custom', event: EVENT } : { type: 'full-reload' });
    },
  };
}
