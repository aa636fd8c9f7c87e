import { bundleWorker } from '../support/app-worker.ts';
import { PLAIN_PAGE } from './site.ts';

/** An app's own worker, with a page in its precache. It is started as the standalone worker is. */
const SOURCE = `
import { precacheAndRoute } from 'workbox-precaching';
import { startTokenward } from 'tokenward/sw';
import { forWorkbox } from 'tokenward/workbox';

self.addEventListener('install', () => self.skipWaiting());
precacheAndRoute([{ url: '${PLAIN_PAGE}', revision: '1' }]);
self.tokenward = { start: (configuration) => void forWorkbox(startTokenward(configuration)) };
`;

/** The scripts of two workers, each made from that of the standalone worker; the second forgets the policy of pages. */
export async function bundlePrecacheWorkers(): Promise<Record<'secure' | 'bare', (standalone: string) => string>> {
  const bundle = await bundleWorker(SOURCE);
  const start = (standalone: string): string => standalone.slice(standalone.lastIndexOf('tokenward.start('));
  return {
    secure: (standalone) => `${bundle}\n${start(standalone)}`,
    bare: (standalone) => `delete self.__tokenwardPolicy;\n${bundle}\n${start(standalone)}`,
  };
}
