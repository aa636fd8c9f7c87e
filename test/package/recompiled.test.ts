import { createContext, runInContext } from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseCall } from '../../sw/rpc/gate.ts';
import { buildIfNeeded } from '../support/build.ts';
import { COMPILERS, recompile, type Recompilation } from '../support/recompile.ts';

beforeAll(() => buildIfNeeded());

const PAGE = `
import { connect } from './dist/index.js';
connect({ worker: '/tokenward-sw.js' }).catch(fail);
`;

describe('a page compiled again', () => {
  test.for(Object.entries(COMPILERS))('by %s sends a call that the worker’s gate accepts', async ([, compile]) => {
    const message = await firstMessage({ entry: PAGE, format: 'iife', compile });

    expect(parseCall(message)).toMatchObject({ path: ['handshake'] });
  });

  test.for(['esbuild, chrome87', 'Babel, Internet Explorer 11', 'SWC, es5'] as const)(
    'by %s would not, if the call were an optional one',
    async (name) => {
      const compile = COMPILERS[name];
      if (compile === undefined) throw new Error(`There is no ${name}.`);
      const change = (code: string): string => code.replace('(port1)[method](argument)', '(port1)[method]?.(argument)');

      const message = await firstMessage({ entry: PAGE, format: 'iife', compile, change });

      expect(message).toMatchObject({ type: 'APPLY', path: ['handshake', 'call'] });
      expect(parseCall(message)).toBeUndefined();
    },
  );
});

/** The first message that a page sends to its worker by Comlink; there is as much of a browser as it takes to get there. */
async function firstMessage(recompilation: Recompilation): Promise<unknown> {
  const script = await recompile(recompilation);
  return new Promise((resolve, reject) => {
    const active = Object.assign(new EventTarget(), {
      state: 'activated',
      scriptURL: 'https://app.example/tokenward-sw.js',
      postMessage: (_envelope: unknown, [port]: readonly [MessagePort]) => {
        port.addEventListener('message', ({ data }) => {
          port.close();
          resolve(data);
        });
        port.start();
      },
    });
    const registration = { active };
    const serviceWorker = {
      register: async () => registration,
      getRegistration: async () => registration,
      addEventListener: () => {},
    };
    const channel = { addEventListener: () => {}, close: () => {} };
    const page = {
      navigator: { serviceWorker },
      window: { location: new URL('https://app.example/') },
      document: { baseURI: 'https://app.example/', addEventListener: () => {} },
      BroadcastChannel: function BroadcastChannel() {
        return channel;
      },
      AbortController,
      MessageChannel,
      URL,
      performance,
      // Its time limits would keep the test from ending.
      setInterval: () => 0,
      clearInterval: () => {},
      fail: reject,
    };
    runInContext(script, createContext(page));
  });
}
