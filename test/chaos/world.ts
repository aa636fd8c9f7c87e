import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright';
import { startStack, type Stack } from '../servers/stack.ts';
import { addBarePage, BARE_PAGE, connected, signIn } from '../support/app-page.ts';
import { launchPersistentBrowser } from '../support/browser.ts';
import { CHROMIUM } from '../support/browser-engine.ts';
import { inTime } from '../support/time-limit.ts';

declare global {
  interface Window {
    /** How often another worker has taken the page over. */
    controllerChanges?: number;
  }
}

/** How a call to the API ended in the page. */
export type CallResult =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'failed'; readonly message: string }
  /**
   * The browser asked no worker, though the page has an active one: Chromium does that, with any worker, when one has taken
   * over while it was being stopped, until the page is loaded again (`test/e2e/engine.test.ts` shows it with an empty one).
   */
  | { readonly kind: 'let past'; readonly page: Page; readonly status: number; readonly body: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'silent' };

/** Access tokens that expire all the time. */
const ACCESS_TOKEN_TTL_SECONDS = 3;
/** A page that loads meanwhile is one under which the worker is stopped, in milliseconds. */
const LOADING_MS = 5000;
/** A call that says nothing for so long is lost, in milliseconds. */
const SILENCE_MS = 30_000;

/** Servers, a browser with a profile on disk, and its tabs. */
export class World {
  readonly stack: Stack;
  readonly #profile: string;
  /** Until when the worker was stopped the last time, which takes the browser a while. */
  #stoppedUntilMs = -Infinity;
  #context: BrowserContext;

  static async create(): Promise<World> {
    const stack = await startStack({
      authorizationServer: { accessTokenTtlSeconds: ACCESS_TOKEN_TTL_SECONDS },
      // A request without a session is answered with a problem that says so, never sent without a token.
      app: { worker: { withoutSession: 'problem' } },
    });
    addBarePage(stack.app);
    const profile = await mkdtemp(join(tmpdir(), 'tokenward-chaos-'));
    return new World(stack, profile, await launch(profile));
  }

  private constructor(stack: Stack, profile: string, context: BrowserContext) {
    this.stack = stack;
    this.#profile = profile;
    this.#context = context;
  }

  /** The tabs that show the app. */
  get pages(): readonly Page[] {
    return this.#context.pages().filter((page) => page.url().startsWith(this.stack.app.origin));
  }

  async close(): Promise<void> {
    await this.#context.close();
    await this.stack.close();
    await rm(this.#profile, { recursive: true, force: true });
  }

  /** Opens a tab and waits until it is connected. */
  async openTab(): Promise<Page> {
    const page = await this.#context.newPage();
    await page.goto(`${this.stack.app.origin}${BARE_PAGE}`);
    await connected(page);
    return page;
  }

  /** Signs in on the login page: the only time that anybody sees one. */
  async signInByHand(): Promise<void> {
    await signIn(await this.#context.newPage(), this.stack);
  }

  /** Ends the browser and starts it again with the same profile. */
  async restartBrowser(): Promise<void> {
    await this.#context.close();
    this.#context = await launch(this.#profile);
  }

  /** Stops the worker at once, whatever it is doing. */
  async stopWorker(): Promise<void> {
    const [page] = this.pages;
    if (!page) return;
    const session = await this.#context.newCDPSession(page);
    await session.send('ServiceWorker.enable');
    this.#stoppedUntilMs = Infinity;
    try {
      await session.send('ServiceWorker.stopAllWorkers');
    } finally {
      this.#stoppedUntilMs = Date.now();
    }
    await session.detach();
  }

  /** Whether the worker was stopped at some moment since then: what began before may end so late. */
  wasStoppedSince(sinceMs: number): boolean {
    return this.#stoppedUntilMs >= sinceMs;
  }

  /** Deploys another version of the worker and lets the browser find it. */
  async updateWorker(page: Page, release: string): Promise<void> {
    this.stack.app.setWorkerRelease(release);
    await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      // An update that the network or a stopped worker breaks off is tried again by the browser.
      await registration?.update().catch(() => {});
    });
  }

  /** What `connect()` said where it failed; those pages are loaded again. */
  async connectErrors(): Promise<readonly string[]> {
    const errors = await Promise.all(
      this.pages.map(async (page) => {
        const error = await answerOf(page.evaluate(() => window.connectError ?? null));
        const isControlled = await answerOf(page.evaluate(() => navigator.serviceWorker.controller !== null));
        if (error === null && isControlled === true) return undefined;
        await page.goto(`${this.stack.app.origin}${BARE_PAGE}`).catch(() => {});
        await connected(page).catch(() => {});
        return error ? `${error.code}: ${error.message}` : 'nothing, and the page hangs or has no controller';
      }),
    );
    return errors.filter((error) => error !== undefined);
  }

  /** The texts of all notes that the API has. */
  async notes(): Promise<readonly string[]> {
    const page = await this.openTab();
    return await page.evaluate(async (url) => {
      const notes: unknown = await (await fetch(`${url}/notes`)).json();
      return Array.isArray(notes) ? notes.map((note: { text: string }) => note.text) : [];
    }, this.stack.api.url);
  }

  /** Posts a note, or reads one's own profile; resolves in any case. */
  async call(page: Page, write: string | undefined): Promise<CallResult> {
    const call = page.evaluate(
      async ({ url, note }) => {
        try {
          const response = await (note === undefined
            ? fetch(`${url}/me`)
            : fetch(`${url}/notes`, {
                method: 'POST',
                headers: { 'content-type': 'application/json' },
                body: JSON.stringify({ text: note }),
              }));
          const { status } = response;
          const body = await response.text();
          if (status !== 401 || body.includes('urn:tokenward:')) return { kind: 'answered' as const, status, body };
          // Who should have added the token, and what it knows of the session.
          const { controller } = navigator.serviceWorker;
          const registration = await navigator.serviceWorker.getRegistration();
          const isActive = controller !== null && controller === registration?.active;
          const session = await fetch('/auth/session');
          const answer = `${session.status} ${await session.text()}`;
          return {
            kind: 'answered' as const,
            status,
            body: `${body} (controller ${controller?.state}, the active one: ${isActive}, waiting: ${registration?.waiting?.state}, session: ${answer})`,
            // Only the worker knows the session; the app's server says that nobody has answered.
            isUnseen: isActive && session.status === 404 && (window.controllerChanges ?? 0) > 0,
            loadedAtMs: performance.timeOrigin,
          };
        } catch (error) {
          return { kind: 'failed' as const, message: String(error) };
        }
      },
      { url: this.stack.api.url, note: write },
    );
    const ended = call.then(
      (result): CallResult =>
        result.kind === 'answered' && result.isUnseen && this.#stoppedUntilMs > result.loadedAtMs - LOADING_MS
          ? { kind: 'let past', page, status: result.status, body: result.body }
          : result,
      (): CallResult => ({ kind: 'gone' }),
    );
    return await inTime<CallResult, CallResult>(SILENCE_MS, ended, { kind: 'silent' });
  }
}

async function launch(profile: string): Promise<BrowserContext> {
  const context = await launchPersistentBrowser(CHROMIUM, profile);
  context.setDefaultTimeout(15_000);
  await context.addInitScript(() => {
    navigator.serviceWorker?.addEventListener('controllerchange', () => {
      window.controllerChanges = (window.controllerChanges ?? 0) + 1;
    });
  });
  return context;
}

/** Returns what a page answers, unless it hangs, as one does whose navigation was broken off with the worker. */
function answerOf<T>(answer: Promise<T>): Promise<T | undefined> {
  return inTime(
    5000,
    answer.catch(() => undefined),
    undefined,
  );
}
