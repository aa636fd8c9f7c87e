import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, CDPSession } from 'playwright';

/** The heap of a service worker, seen by Chromium's developer tools, which keep the worker running meanwhile. */
export interface WorkerHeap {
  /** Measures what is in use once garbage was collected, in bytes. */
  measure(): Promise<number>;
}

/**
 * Attaches to the one service worker of a browser. Playwright has sessions with pages only, so the worker's messages go through
 * the browser's.
 *
 * @see https://chromedevtools.github.io/devtools-protocol/tot/Target/#method-sendMessageToTarget
 */
export async function attachToWorkerHeap(browser: Browser): Promise<WorkerHeap> {
  const cdp = await browser.newBrowserCDPSession();
  const { targetInfos } = await cdp.send('Target.getTargets');
  const [worker, ...others] = targetInfos.filter(({ type }) => type === 'service_worker');
  if (!worker || others.length > 0) throw new Error(`There are ${others.length + (worker ? 1 : 0)} service workers.`);
  const { sessionId } = await cdp.send('Target.attachToTarget', { targetId: worker.targetId, flatten: false });
  const command = commandsTo(cdp, sessionId);
  await command('HeapProfiler.enable');
  return {
    measure: async () => {
      await command('HeapProfiler.collectGarbage');
      // What only a finalizer holds goes with the next one.
      await delay(100);
      await command('HeapProfiler.collectGarbage');
      return Number((await command('Runtime.getHeapUsage'))['usedSize']);
    },
  };
}

type Command = (method: string) => Promise<Readonly<Record<string, unknown>>>;

function commandsTo(cdp: CDPSession, sessionId: string): Command {
  const waiting = new Map<number, (result: Record<string, unknown>) => void>();
  cdp.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, result = {} }: { id?: number; result?: Record<string, unknown> } = JSON.parse(message);
    if (id !== undefined) waiting.get(id)?.(result);
  });
  let ids = 0;
  return (method) => {
    const id = (ids += 1);
    const answer = new Promise<Record<string, unknown>>((resolve) => waiting.set(id, resolve));
    const sent = cdp.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method }) });
    return sent.then(() => answer);
  };
}
