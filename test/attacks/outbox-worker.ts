import { bundleWorker } from '../support/app-worker.ts';
import { QUEUE } from './families/outbox.ts';

/** An app's own worker, with an outbox for what is posted to a resource. It is started as the standalone worker is. */
const SOURCE = `
import { Queue } from 'workbox-background-sync';
import { registerRoute } from 'workbox-routing';
import { NetworkOnly } from 'workbox-strategies';
import { startTokenward } from 'tokenward/sw';
import { forWorkbox } from 'tokenward/workbox';

self.addEventListener('install', () => self.skipWaiting());
self.tokenward = {
  start: (configuration) => {
    const { plugin, replay, outbox } = forWorkbox(startTokenward(configuration));
    const queue = new Queue('${QUEUE}', { onSync: replay });
    const strategy = new NetworkOnly({ plugins: [plugin, outbox(queue)] });
    registerRoute(({ url }) => url.pathname.startsWith('/v1/'), strategy, 'POST');
  },
};
`;

/** @returns what makes the worker's script from that of the standalone worker */
export async function bundleOutboxWorker(): Promise<(standalone: string) => string> {
  const bundle = await bundleWorker(SOURCE);
  return (standalone) => `${bundle}\n${standalone.slice(standalone.lastIndexOf('tokenward.start('))}`;
}
