import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { startStack, type Stack } from '../servers/stack.ts';
import { callApi, connected, openBarePage, sessionIfAny, sessionOf, signIn } from '../support/app-page.ts';
import { test } from '../support/browser-test.ts';
import { startNaiveFront } from '../support/naive-front.ts';
import { poisonScript } from '../support/script-poisoning.ts';
import { readScript, WAYS_TO_READ } from '../support/script-theft.ts';
import { openManualPage, stopWorker } from '../support/worker-life.ts';

const SECRET = /__tokenwardSecret\s*=\s*"([\w-]{43})"/;

/** The same app, by a server that gives the worker's script to whoever asks. */
let naive: Stack;
let stack: Stack;
beforeAll(async () => {
  // Without the pages' own security policy: the gate alone has to hold.
  stack = await startStack({ app: { securityHeaders: 'off' } });
  stack.authorizationServer.configure({ accessTokenTtlSeconds: 3600 });
  naive = await startNaiveFront(stack, { workerScript: 'ungated' });
});
afterAll(async () => {
  await naive.close();
  await stack.close();
});
beforeEach(() => {
  stack.app.pages.set('/attack', { body: '<!doctype html><title>Attack</title><body></body>' });
});

/** The secret that script on a page gets to see, if it does. */
async function steal(page: Page, { app }: Stack, way: (typeof WAYS_TO_READ)[number]): Promise<string | undefined> {
  await page.goto(`${app.origin}/attack`);
  const seen = await page.evaluate(readScript, { way, path: app.workerPath });
  return SECRET.exec(seen)?.[1];
}

describe('the secret in the worker script', () => {
  for (const way of WAYS_TO_READ) {
    test(`is not given to ${way}`, async ({ page }) => {
      // The check can fail: an ungated server gives it away.
      expect(await steal(page, naive, way)).toMatch(/^[\w-]{43}$/);

      expect(await steal(page, stack, way)).toBeUndefined();
      await openBarePage(page, stack);
      expect(await steal(page, stack, way)).toBeUndefined();
    });
  }

  for (const updateViaCache of ['imports', 'all', 'none'] as const) {
    test(`cannot be chosen by poisoning the HTTP cache before an update check, with updateViaCache ${updateViaCache}`, async ({
      browser,
    }) => {
      const attack = async (victim: Stack): Promise<readonly string[]> => {
        const context = await browser.newContext();
        try {
          const page = await context.newPage();
          await signIn(page, victim);
          return await poisonScript(page, victim.app.workerPath, updateViaCache);
        } finally {
          await context.close();
        }
      };

      // The key of one record opens the rest: the inheritance holds the secret of the version before.
      expect(await attack(naive)).not.toEqual([]);
      expect(await attack(stack)).toEqual([]);
    });
  }

  test('is not left in the worker for later code', async ({ page }) => {
    stack.app.configure({
      workerScript: (script) => `${script}
self.addEventListener('message', ({ data, ports: [port] }) => {
  if (data === 'look') port.postMessage(Object.getOwnPropertyNames(self).filter((name) => typeof self[name] === 'string').map((name) => self[name]).join());
});`,
    });
    await openBarePage(page, stack);

    const strings = await page.evaluate(async () => {
      const { active } = await navigator.serviceWorker.ready;
      const { port1, port2 } = new MessageChannel();
      return new Promise<unknown>((resolve) => {
        port1.onmessage = ({ data }) => resolve(data);
        active?.postMessage('look', [port2]);
      });
    });

    expect(String(strings)).not.toMatch(/[\w-]{43}/);
    stack.app.configure({ workerScript: (script) => script });
  });
});

describe('a second registration', () => {
  const ways = {
    'at a narrower scope': { path: '/tokenward-sw.js', options: { scope: '/auth/' } },
    'with a query': { path: '/tokenward-sw.js?2', options: { scope: '/' } },
    'with a fragment': { path: '/tokenward-sw.js#2', options: { scope: '/auth/' } },
    'as a module at a narrower scope': { path: '/tokenward-sw.js', options: { scope: '/auth/', type: 'module' } },
  } as const;

  for (const [way, { path, options }] of Object.entries(ways)) {
    test(`of the genuine script ${way} is refused, and costs the session nothing`, async ({ page }) => {
      const register = async (victim: Stack): Promise<string> => {
        await page.goto(`${victim.app.origin}/attack`);
        return page.evaluate(
          ([url, registration]) =>
            navigator.serviceWorker.register(url, registration).then(
              async (made) => {
                const worker = made.installing ?? made.waiting ?? made.active;
                const isSettled = (): boolean => !worker || ['activated', 'redundant'].includes(worker.state);
                while (!isSettled()) {
                  await new Promise((resolve) => worker?.addEventListener('statechange', resolve, { once: true }));
                }
                return worker?.state ?? 'none';
              },
              () => 'refused',
            ),
          [path, { ...options }] as const,
        );
      };
      // A worker that checks nothing, from a server that checks nothing, is registered.
      stack.app.configure({ workerScript: () => 'self.addEventListener("fetch", () => {});' });
      expect(await register(naive)).toBe('activated');
      stack.app.configure({ workerScript: (script) => script });

      await signIn(page, stack);
      expect(await register(stack)).toBe('refused');
      await stopWorker(page);
      await openBarePage(page, stack);
      expect(await sessionOf(page)).toMatchObject({ status: 'signed-in', storage: 'sealed' });
    });
  }

  test('of the genuine script as a module at its own scope keeps the session to the worker', async ({ page }) => {
    await signIn(page, stack);

    await page.evaluate(() =>
      navigator.serviceWorker.register('/tokenward-sw.js', { type: 'module' }).catch(() => undefined),
    );
    await stopWorker(page);
    await page.reload();
    await connected(page);

    await expect.poll(() => sessionIfAny(page)).toMatchObject({ status: 'signed-in', storage: 'sealed' });
    expect(await callApi(page, stack)).toMatchObject({ status: 200 });
  });
});

describe('a rogue worker that poses as the next version', () => {
  /** Asks the registration's worker for the session as the next version does, and tells the page what came. */
  const POSER = `
    const ask = (worker) => new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => resolve(JSON.stringify(data) ?? 'nothing');
      worker.postMessage({ type: 'tokenward:handover', seals: true }, [port2]);
    });
    const report = new BroadcastChannel('poser');
    const tell = (data) => report.postMessage(data);
  `;
  /** @param timeoutMs time after which no answer is silence */
  const rogue = (timeoutMs: number): string => `${POSER}
    self.addEventListener('install', (event) => event.waitUntil((async () => {
      self.skipWaiting();
      const genuine = self.registration.active;
      tell(genuine ? await Promise.race([ask(genuine), new Promise((resolve) => setTimeout(resolve, ${timeoutMs}, 'silence'))]) : 'alone');
    })()));
  `;

  test('gets nothing at the same scope under another URL', async ({ page }) => {
    // An answer that comes on a busy machine must not be missed; where there is none, no time would be long enough.
    const rogueWorkers = { '/patient.js': rogue(30_000), '/rogue.js': rogue(2000) };
    const front = await startNaiveFront(stack, { workerScript: 'gated', rogueWorkers });
    try {
      const answer = async (
        url: keyof typeof rogueWorkers,
        workerScript: (script: string) => string,
      ): Promise<string> => {
        stack.app.configure({ workerScript });
        await openBarePage(page, front);
        return page.evaluate(async (path) => {
          const report = new BroadcastChannel('poser');
          const told = new Promise<string>((resolve) => {
            report.onmessage = ({ data }) => resolve(String(data));
          });
          await navigator.serviceWorker.register(path, { scope: '/' });
          return told;
        }, url);
      };
      // A worker that trusts whoever asks.
      const gullible = (script: string): string => `self.addEventListener('message', ({ data, ports: [port] }) => {
  if (data && data.type === 'tokenward:handover') port.postMessage({ secret: 'all of it' });
});
${script}`;
      expect(await answer('/patient.js', gullible)).toContain('all of it');
      await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.unregister());

      expect(await answer('/rogue.js', (script) => script)).toBe('silence');
    } finally {
      await front.close();
      stack.app.configure({ workerScript: (script) => script });
    }
  });

  test('gets nothing as a page, a frame, a dedicated worker or a worker of another scope', async ({ page }) => {
    const rogueAtOtherScope = `${POSER} self.addEventListener('message', (event) => {
      const silence = new Promise((resolve) => setTimeout(resolve, 2000, 'silence'));
      event.waitUntil(Promise.race([ask(event.source), silence]).then(tell));
    });`;
    const front = await startNaiveFront(stack, {
      workerScript: 'gated',
      rogueWorkers: { '/rogue.js': rogueAtOtherScope },
    });
    try {
      await signIn(page, front);
      // Asking ends the session; this page does not leave to renew it.
      await openManualPage(page, front);
      const answers = await page.evaluate(async (poser) => {
        const { active } = await navigator.serviceWorker.ready;
        const ask = (worker: ServiceWorker | null, wants: string): Promise<unknown> =>
          new Promise((resolve) => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = ({ data }) => resolve(data);
            worker?.postMessage({ type: 'tokenward:handover', seals: wants === 'key' }, [port2]);
            setTimeout(resolve, 2000, 'silence');
          });
        const frame = document.createElement('iframe');
        frame.src = '/attack';
        await new Promise((resolve) => {
          frame.onload = resolve;
          document.body.append(frame);
        });
        const framed = frame.contentWindow?.navigator.serviceWorker.controller ?? null;
        const script = URL.createObjectURL(
          new Blob([
            `${poser}
            const { serviceWorker } = self.navigator;
            postMessage(serviceWorker ? 'has one' : 'silence');`,
          ]),
        );
        const dedicated = new Promise((resolve) => {
          new Worker(script).onmessage = ({ data }) => resolve(data);
        });
        const other = await navigator.serviceWorker.register('/rogue.js', { scope: '/attack' });
        const report = new BroadcastChannel('poser');
        const told = new Promise((resolve) => {
          report.onmessage = ({ data }) => resolve(data);
        });
        (other.installing ?? other.waiting ?? other.active)?.postMessage('ask');
        return Promise.all([ask(active, 'key'), ask(active, 'records'), ask(framed, 'key'), dedicated, told]);
      }, POSER);

      for (const answer of answers) {
        expect(JSON.stringify(answer) ?? '').not.toMatch(/secret|records|configuration/);
      }
    } finally {
      await front.close();
    }
  });
});
