import type { Browser, Page } from 'playwright';
import { startStack, type Stack } from '../servers/stack.ts';
import { ADA, GRACE, type User } from '../servers/users.ts';
import { openBarePage, sessionOf, signIn } from '../support/app-page.ts';
import { launchChromium } from '../support/browser.ts';
import { untilTrue } from '../support/until.ts';
import { controlServiceWorkers, type ServiceWorkerControl } from '../support/service-worker.ts';
import { setWorkerClockAhead, withClock } from '../support/worker-clock.ts';
import { takenOver, updateWorker } from '../support/worker-life.ts';
import { takeServerClock, type ServerClock } from './server-clock.ts';

/** Lifetime of an access token, in seconds of the clock that the run sets: longer than a busy machine may take for a request. */
export const ACCESS_TOKEN_TTL_SECONDS = 60;

/** Servers and a browser whose clock the run sets, and a page that stays open all the time. */
export class SoakWorld {
  readonly stack: Stack;
  readonly browser: Browser;
  readonly page: Page;
  readonly #clock: ServerClock;
  readonly #release: () => void;
  readonly #workers: ServiceWorkerControl;
  #user: User = ADA;

  /** @param changeWorker makes the worker's script from the usual one */
  static async create(changeWorker: (script: string) => string): Promise<SoakWorld> {
    const clock = takeServerClock();
    // Only a release may be another script: so it begins with the time at which it was released.
    let releasedAheadMs = 0;
    const stack = await startStack({
      authorizationServer: { accessTokenTtlSeconds: ACCESS_TOKEN_TTL_SECONDS },
      app: { workerScript: (script) => changeWorker(withClock(script, releasedAheadMs)) },
    });
    const browser = await launchChromium();
    const context = await browser.newContext();
    // The functions that run in a page were compiled with calls of this.
    await context.addInitScript('globalThis.__name = (value) => value;');
    const page = await context.newPage();
    await signIn(page, stack);
    const release = (): void => {
      releasedAheadMs = clock.aheadMs;
    };
    return new SoakWorld({ stack, browser, page, clock, release, workers: await controlServiceWorkers(page) });
  }

  private constructor(parts: {
    readonly stack: Stack;
    readonly browser: Browser;
    readonly page: Page;
    readonly clock: ServerClock;
    readonly release: () => void;
    readonly workers: ServiceWorkerControl;
  }) {
    this.stack = parts.stack;
    this.browser = parts.browser;
    this.page = parts.page;
    this.#clock = parts.clock;
    this.#release = parts.release;
    this.#workers = parts.workers;
  }

  /** Lets the access token expire. */
  async expireToken(): Promise<void> {
    this.#clock.setForward((ACCESS_TOKEN_TTL_SECONDS + 1) * 1000);
    await this.#setWorkerClock();
  }

  /** Stops the worker and starts it again. */
  async restartWorker(): Promise<void> {
    await this.#workers.stopAll();
    await this.#setWorkerClock();
  }

  /** Deploys another version of the worker, and waits until it has taken over. */
  async updateWorker(): Promise<void> {
    this.#release();
    this.stack.app.setWorkerRelease(`released at ${this.#clock.aheadMs}`);
    await updateWorker(this.page);
    await takenOver(this.page);
    await this.#setWorkerClock();
  }

  /** Opens a page beside the one that stays. */
  async openVisitor(): Promise<Page> {
    const visitor = await this.page.context().newPage();
    await openBarePage(visitor, this.stack);
    return visitor;
  }

  /** Signs out, and in again as somebody else, in a page that comes and goes. */
  async changeUser(): Promise<void> {
    const visitor = await this.openVisitor();
    await visitor.evaluate(() => void window.tokenward.logout());
    await visitor.waitForURL(({ origin, pathname }) => origin === this.stack.app.origin && pathname === '/');
    await this.#sessionBecomes('signed-out');
    this.#user = this.#user === ADA ? GRACE : ADA;
    await signIn(visitor, this.stack, this.#user);
    await visitor.close();
    await this.#sessionBecomes('signed-in');
  }

  /**
   * Sends requests from a page, all at once.
   *
   * @returns how many of them were not answered, or with another token than one of the user who is signed in
   */
  async call(page: Page, requests: number): Promise<number> {
    const before = this.stack.api.requests.count();
    const statuses = await page.evaluate(
      ({ url, times }) =>
        Promise.all(Array.from({ length: times }, () => fetch(url).then((response) => response.status, String))),
      { url: `${this.stack.api.url}/me`, times: requests },
    );
    const sent = this.stack.api.requests.list().slice(before);
    const wrong = sent.filter(({ isAuthorised, sub }) => !isAuthorised || sub !== this.#user.sub).length;
    return statuses.filter((status) => status !== 200).length + wrong;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.stack.close();
    this.#clock.restore();
  }

  async #sessionBecomes(status: 'signed-in' | 'signed-out'): Promise<void> {
    const hasCome = async (): Promise<boolean> => (await sessionOf(this.page)).status === status;
    await untilTrue(hasCome, () => `the page that stays to be ${status}`);
  }

  #setWorkerClock(): Promise<void> {
    return setWorkerClockAhead(this.page, this.#clock.aheadMs);
  }
}
