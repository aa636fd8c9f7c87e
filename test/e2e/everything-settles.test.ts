import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext, Frame, Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished } from 'vitest';
import { ERROR_CODES } from '../../src/protocol/error-codes.ts';
import { startStack, type Stack } from '../servers/stack.ts';
import { addBarePage, connected, openBarePage, sessionOf, signIn } from '../support/app-page.ts';
import { cutNetwork } from '../support/browser-network.ts';
import { test } from '../support/browser-test.ts';
import { launchChromium } from '../support/browser.ts';
import { ROOT } from '../support/build.ts';
import { WHAT_TO_DO } from '../support/error-message.ts';
import { FOREIGN_WORKERS } from '../support/foreign-workers.ts';
import { startNaiveFront } from '../support/naive-front.ts';
import { runClockUntil } from '../support/page-clock.ts';
import { stopWorker, updateWorker } from '../support/worker-life.ts';

const POLL = { timeout: 20_000 };

/** Calls of the public interface, in the order in which they are made: the last two leave the page. */
const CALLS = ['connect', 'subscribe', 'explain', 'userinfo', 'adopt', 'login', 'logout'] as const;
type Call = (typeof CALLS)[number];

/** What a call ends with: it resolves, the page is left, or it rejects with a code; `none` without a client. */
type Outcomes = Readonly<Partial<Record<Call, string>>>;

/** A state of page and worker, and how the page gets into it. */
interface State {
  /** Before the page is opened. */
  readonly prepare?: (page: Page) => Promise<unknown>;
  /** When the page has connected. */
  readonly enter?: (page: Page) => Promise<unknown>;
  /** Attributes of the frame that makes the calls; it is the page itself by default. */
  readonly frame?: string;
  /** Page around the frame, where it is not one of the app. */
  readonly around?: () => string;
  readonly policy?: string;
  readonly front?: true;
  /** Takes the full browser: its headless shell gives frames of another site service workers and storage. */
  readonly fullBrowser?: true;
  /** Makes all calls at once, and lets the clock of the page run: each waits for its time limit. */
  readonly atOnce?: true;
  readonly expected: Outcomes;
}

const GOOD: Outcomes = {
  connect: 'resolves',
  subscribe: 'resolves',
  explain: 'resolves',
  userinfo: 'resolves',
  adopt: 'adoption_not_allowed',
  login: 'leaves',
  logout: 'leaves',
};

/** Every call that needs the worker ends with one code. */
function allCalls(code: string): Outcomes {
  return { ...GOOD, explain: code, userinfo: code, adopt: code, login: code, logout: code };
}

function noClient(code: string): Outcomes {
  return { connect: code };
}

let stack: Stack;
let front: Stack;
beforeAll(async () => {
  stack = await startStack();
  stack.app.configure({ securityHeaders: 'off' });
  front = await startNaiveFront(stack, { workerScript: 'gated', rogueWorkers: FOREIGN_WORKERS });
});
afterAll(async () => {
  await front.close();
  await stack.close();
  await mkdir(join(ROOT, 'test-results'), { recursive: true });
  await writeFile(join(ROOT, 'test-results/everything-settles.json'), JSON.stringify(table, null, 2));
  console.table(table);
});
beforeEach(() => addBarePage(stack.app));

const table: Record<string, Outcomes> = {};

async function clearData(page: Page): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Storage.clearDataForOrigin', { origin: stack.app.origin, storageTypes: 'all' });
}

/** Makes the browser install a new version of the worker while the one before it answers a request, for whose end the new one waits. */
async function makeVersionWait(page: Page): Promise<void> {
  await page.evaluate((url) => void fetch(url).catch(() => {}), `${stack.api.url}/slow?ms=20000`);
  stack.app.setWorkerRelease(`next ${Math.random()}`);
  await updateWorker(page, 'installed');
}

async function fillQuota(page: Page): Promise<void> {
  await page.goto(`${stack.app.origin}/empty`);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Storage.overrideQuotaForOrigin', { origin: stack.app.origin, quotaSize: 1 });
}

/** Calls the page's functions so that they fail as those of a browser do that forbids them. */
function forbid(script: string): (page: Page) => Promise<unknown> {
  return (page) => page.context().addInitScript(script);
}

const DENIED = "throw new DOMException('Denied.', 'SecurityError')";

const STATES: Readonly<Record<string, State>> = {
  'as ever': { expected: GOOD },
  // This server takes the API's token for no other purpose.
  'signed in': { prepare: (page) => signIn(page, stack), expected: { ...GOOD, userinfo: 'userinfo_invalid' } },
  'in a frame': { frame: '', expected: { ...GOOD, login: 'navigation_blocked', logout: 'navigation_blocked' } },
  'in a frame of another origin': {
    frame: '',
    around: () => `${front.app.origin}/outer`,
    expected: { ...GOOD, login: 'navigation_blocked', logout: 'navigation_blocked' },
  },
  'in a frame of another site': {
    frame: '',
    around: () => `${front.app.origin.replace('localhost', '127.0.0.1')}/outer`,
    // This browser gives frames of another site no service workers.
    fullBrowser: true,
    expected: noClient('service_worker_unsupported'),
  },
  'in a sandbox': { frame: 'sandbox="allow-scripts"', expected: noClient('service_worker_unsupported') },
  'in a sandbox with its origin': {
    frame: 'sandbox="allow-scripts allow-same-origin"',
    expected: { ...GOOD, login: 'navigation_blocked', logout: 'navigation_blocked' },
  },
  offline: {
    enter: async (page) => {
      await cutNetwork(page.context());
      await expect
        .poll(() => page.evaluate(() => window.tokenward.login().catch(({ code }: { code: string }) => code)), POLL)
        .toBe('issuer_unreachable');
    },
    expected: { ...GOOD, login: 'issuer_unreachable', logout: 'issuer_unreachable' },
  },
  'unregistered meanwhile': {
    enter: (page) => page.evaluate(() => navigator.serviceWorker.getRegistration().then((own) => own?.unregister())),
    // The page registers the worker again before each call.
    expected: GOOD,
  },
  'all data cleared meanwhile': { enter: clearData, expected: GOOD },
  'another worker has the scope': {
    front: true,
    enter: (page) =>
      page.evaluate(async () => {
        await navigator.serviceWorker.register('/precaching.js', { scope: '/' });
        await new Promise((resolve) => {
          const look = (): unknown =>
            navigator.serviceWorker.controller?.scriptURL.endsWith('/precaching.js') === true
              ? resolve(undefined)
              : setTimeout(look, 50);
          look();
        });
      }),
    expected: allCalls('worker_replaced'),
  },
  'the worker was stopped': { enter: stopWorker, expected: GOOD },
  'a new version of the worker waits': { enter: makeVersionWait, expected: GOOD },
  'the worker does not answer': {
    atOnce: true,
    prepare: (page) => page.clock.install(),
    enter: (page) => page.evaluate(() => Reflect.set(ServiceWorker.prototype, 'postMessage', () => {})),
    expected: allCalls('worker_timeout'),
  },
  'the worker cannot be called': {
    enter: (page) =>
      page.evaluate(() =>
        Reflect.set(ServiceWorker.prototype, 'postMessage', () => {
          throw new DOMException('Gone.', 'InvalidStateError');
        }),
      ),
    expected: allCalls('worker_timeout'),
  },
  'no service workers': {
    prepare: forbid("Object.defineProperty(Navigator.prototype, 'serviceWorker', { value: undefined })"),
    expected: noClient('service_worker_unsupported'),
  },
  'service workers throw': {
    prepare: forbid(`Object.defineProperty(Navigator.prototype, 'serviceWorker', { get() { ${DENIED} } })`),
    expected: noClient('service_worker_unsupported'),
  },
  'registration is denied': {
    prepare: forbid(`for (const name of ['register', 'getRegistration'])
      ServiceWorkerContainer.prototype[name] = async () => { ${DENIED} };`),
    expected: noClient('service_worker_unsupported'),
  },
  'storage is denied': {
    prepare: forbid(`for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches'])
      Object.defineProperty(window, name, { get() { ${DENIED} } });`),
    expected: GOOD,
  },
  'channels are denied': {
    prepare: forbid(`window.BroadcastChannel = class { constructor() { ${DENIED} } };`),
    expected: noClient('service_worker_unsupported'),
  },
  'locks and cryptography are denied': {
    prepare: forbid(`Object.defineProperty(Navigator.prototype, 'locks', { get() { ${DENIED} } });
      Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined });`),
    expected: GOOD,
  },
  'the quota is full': { prepare: fillQuota, expected: GOOD },
  'Trusted Types without the name': {
    policy: "require-trusted-types-for 'script'; trusted-types 'none'",
    expected: noClient('worker_script_blocked'),
  },
  'a policy without the worker': { policy: "worker-src 'none'", expected: noClient('worker_script_blocked') },
  'the page was frozen': {
    enter: async (page) => {
      const cdp = await page.context().newCDPSession(page);
      await cdp.send('Page.setWebLifecycleState', { state: 'frozen' });
      await cdp.send('Page.setWebLifecycleState', { state: 'active' });
    },
    expected: GOOD,
  },
  // What a browser reports of these two; the tests of the engines go back to a page that is really kept.
  'the page was prerendered': {
    prepare: (page) =>
      page.context().addInitScript(() => {
        let isAhead = true;
        Object.defineProperty(Document.prototype, 'prerendering', { get: () => isAhead });
        addEventListener('load', () => {
          setTimeout(() => {
            isAhead = false;
            document.dispatchEvent(new Event('prerenderingchange'));
          }, 300);
        });
      }),
    expected: GOOD,
  },
  'the page was kept by the browser, and restored': {
    enter: (page) =>
      page.evaluate(() => {
        for (const type of ['pagehide', 'pageshow'])
          window.dispatchEvent(new PageTransitionEvent(type, { persisted: true }));
      }),
    expected: GOOD,
  },
  'the page is hidden': {
    enter: (page) =>
      page.evaluate(() =>
        Object.defineProperty(document, 'visibilityState', { get: () => 'hidden', configurable: true }),
      ),
    expected: GOOD,
  },
};

/** Opens the page in its state, or the frame that is in it. */
async function openState(page: Page, { frame, around, policy, front: isFront }: State): Promise<Page | Frame> {
  const { origin } = (isFront ? front : stack).app;
  stack.app.pages.set('/bare', {
    body: '<!doctype html><title>Bare</title><script type="module" src="/bare.js"></script>',
    ...(policy !== undefined && { headers: { 'content-security-policy': policy } }),
  });
  if (frame === undefined) {
    await page.goto(`${origin}/bare`);
    await connected(page);
    return page;
  }
  // A module of a sandbox comes from another origin.
  const cors = { 'access-control-allow-origin': '*' };
  for (const path of ['/bare.js', '/tokenward.js']) {
    const body = await (await fetch(`${origin}${path}`)).text();
    stack.app.pages.set(path, { body, contentType: 'text/javascript', headers: cors });
  }
  stack.app.pages.set('/outer', { body: '<!doctype html><title>Outer</title>' });
  await page.goto(around?.() ?? `${origin}/outer`);
  await page.evaluate(
    (html) => document.body.insertAdjacentHTML('beforeend', html),
    `<iframe src="${origin}/bare" ${frame}>`,
  );
  const inner = page.frames().find((each) => each !== page.mainFrame());
  if (!inner) throw new Error('There is no frame.');
  await inner.waitForSelector('html[data-connected="yes"]', { state: 'attached' });
  return inner;
}

/** What a call ends with, and what its error says. */
interface Ending {
  readonly outcome: string;
  readonly message?: string;
}

/** Makes a call in the page. */
async function endOf(page: Page | Frame, call: Exclude<Call, 'connect'>): Promise<Ending> {
  const ending = page.evaluate<Ending, string>(async (name) => {
    const { tokenward } = window;
    const tokens = { accessToken: 'a', idToken: 'b', expiresInSeconds: 1 };
    const calls: Record<string, () => unknown> = {
      subscribe: () => new Promise((resolve) => tokenward.subscribe(resolve)),
      explain: () => tokenward.explain('/auth/session'),
      userinfo: () => tokenward.userinfo(),
      adopt: () => tokenward.adopt(tokens),
      login: () => tokenward.login(),
      logout: () => tokenward.logout(),
    };
    try {
      await calls[name]?.();
      return { outcome: 'resolves' };
    } catch (error) {
      const message = error instanceof Error ? error.message : '';
      const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
      return { outcome: typeof code === 'string' ? code : `without a code: ${String(error)}`, message };
    }
  }, call);
  if (call !== 'login' && call !== 'logout') return ending;
  // The page that is left takes the promise with it.
  return ending.catch((error: unknown) => {
    if (/destroyed|navigat|closed/i.test(String(error))) return { outcome: 'leaves' };
    throw error;
  });
}

async function runState(page: Page, state: State): Promise<readonly (readonly [Call, Ending])[]> {
  await state.prepare?.(page);
  let target = await openState(page, state);
  const failure = await target.evaluate(() => window.connectError);
  if (failure) return [['connect', { outcome: failure.code, message: failure.message }]];
  await state.enter?.(page);
  const endings: [Call, Ending][] = [['connect', { outcome: 'resolves' }]];
  const leaving = state.atOnce ? [] : (['login', 'logout'] as const);
  const staying = [
    ...(['subscribe', 'explain', 'userinfo', 'adopt'] as const),
    ...(state.atOnce ? (['login', 'logout'] as const) : []),
  ];
  const calls = Promise.all(staying.map(async (call) => [call, await endOf(target, call)] as const));
  const all = await (state.atOnce ? runClockUntil(page, calls) : calls);
  for (const [call, ending] of all) endings.push([call, ending]);
  for (const call of leaving) {
    const ending = await endOf(target, call);
    endings.push([call, ending]);
    if (ending.outcome !== 'leaves' || call === 'logout') continue;
    // The tab is on its way: another one of the same browser is in the same state.
    const next = await page.context().newPage();
    target = await openState(next, state);
    await state.enter?.(next);
  }
  return endings;
}

/** Opens a page in a full browser of its own. */
async function openFullBrowser(): Promise<Page> {
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  return browser.newPage();
}

async function closeNetwork(context: BrowserContext): Promise<void> {
  await context.setOffline(false);
}

describe('every call of the public interface ends, with a documented code', () => {
  test.for(Object.entries(STATES))('in this state: %s', async ([name, state], { page: own }) => {
    const page = state.fullBrowser ? await openFullBrowser() : own;

    const endings = await runState(page, state);

    await closeNetwork(page.context());
    table[name] = Object.fromEntries(endings.map(([call, { outcome }]) => [call, outcome]));
    expect(table[name]).toEqual(state.expected);
    for (const [, { outcome, message }] of endings) {
      if (message === undefined) continue;
      expect(ERROR_CODES).toContain(outcome);
      expect(message).toMatch(WHAT_TO_DO);
    }
  });

  test('and the session is what it was, after a call that has failed', async ({ page }) => {
    await signIn(page, stack);
    await openBarePage(page, stack);

    await page.evaluate((url) => window.tokenward.explain(url).catch(() => {}), 'http://ada:padlock@[');

    expect(await sessionOf(page)).toMatchObject({ status: 'signed-in' });
  });
});
