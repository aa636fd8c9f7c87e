import type { Attack } from '../attack.ts';
import type { Scene } from '../scene.ts';
import { comesTrue } from '../until.ts';
import { settle } from './settle.ts';

/** Methods that a worker may have, and call an argument of; last comes the one that may take it for its tokens. */
const METHODS = [['onToken', 'run', 'prepareAuthorization', 'explain', 'completeAuthorization', 'userInfo'], ['adopt']];

/** What the proxies have been called with, as JSON; it gathers in the page. */
function called({ tab }: Scene): Promise<string> {
  return tab.evaluate(() => JSON.stringify(Reflect.get(window, 'called') ?? []));
}

/** Calls each method with a proxy of its own, over a channel of its own. */
async function handProxies(scene: Scene, methods: readonly string[]): Promise<void> {
  await scene.tab.evaluate((names) => {
    const heard: unknown[] = [];
    const calls = names.map((name) => {
      const { port1, port2 } = new MessageChannel();
      navigator.serviceWorker.controller?.postMessage({ type: 'tokenward:call', protocolVersion: 1 }, [port2]);
      return (): void => {
        const proxy = new MessageChannel();
        proxy.port1.onmessage = ({ data }: MessageEvent<unknown>) => heard.push(data);
        const argumentList = [{ type: 'HANDLER', name: 'proxy', value: proxy.port2 }];
        port1.postMessage({ id: '1', type: 'APPLY', path: [name], argumentList }, [proxy.port2]);
      };
    });
    Object.assign(window, { called: heard, calls });
  }, methods);
  // WebKit loses a port that is sent over one which has not arrived yet.
  await settle(scene);
  await scene.tab.evaluate(() => {
    const calls: unknown = Reflect.get(window, 'calls');
    if (Array.isArray(calls)) for (const call of calls) Reflect.apply(call, undefined, []);
  });
}

export const PROXY_ATTACK: Attack = {
  id: 'W07',
  title: 'hands the worker a proxy as an argument, and waits to be called',
  scenario: '5.1.1',
  naive: 'worker',
  act: async (scene) => {
    const isCalled = async (): Promise<boolean> => (await called(scene)) !== '[]';
    for (const methods of METHODS) {
      if (await isCalled()) break;
      await handProxies(scene, methods);
      await comesTrue(isCalled, scene.timeoutMs / METHODS.length);
    }
    return { seen: await called(scene) };
  },
};
