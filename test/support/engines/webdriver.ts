import logger from '@wdio/logger';
import { type Client, WebDriver } from 'webdriver';
import { PAGE_TIMEOUT_MS } from './engine.ts';

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- the library's types are in one
  namespace WebdriverIO {
    interface Capabilities {
      /** Browser that WebKitWebDriver starts, and its command line. */
      'webkitgtk:browserOptions'?: { readonly binary: string; readonly args: readonly string[] };
    }
  }
}

/**
 * Time limit of a command to a page, in milliseconds. A script that meets the change from one process to another is never answered; all
 * scripts that are sent here end at once. The browser itself answers each command, however busy the machine is.
 */
const PAGE_COMMAND_TIMEOUT_MS = 10_000;

/** Commands to a browser that are sent in one turn. */
export type Commands<T> = (browser: Client) => Promise<T>;

/** A session with a driver: one browser with one profile. Its commands go to one tab at a time, so they wait for each other. */
export class WebDriverSession {
  readonly #browser: Client;
  #last: Promise<unknown> = Promise.resolve();
  #window = '';

  /**
   * Starts a browser.
   *
   * @param port where the driver listens on this machine
   */
  static async create(port: number, capabilities: WebdriverIO.Capabilities): Promise<WebDriverSession> {
    logger.setLogLevelsConfig({}, 'silent');
    const browser = await WebDriver.newSession({
      hostname: '127.0.0.1',
      port,
      capabilities,
      logLevel: 'silent',
      connectionRetryCount: 0,
      connectionRetryTimeout: PAGE_TIMEOUT_MS,
    });
    return new WebDriverSession(browser);
  }

  private constructor(browser: Client) {
    this.#browser = browser;
  }

  get browserVersion(): string {
    return this.#browser.capabilities.browserVersion ?? '';
  }

  /** Sends commands that go to the whole browser, once those before them have been answered. */
  send<T>(commands: Commands<T>): Promise<T> {
    const turn = this.#last.then(() => {
      this.#browser.options.connectionRetryTimeout = PAGE_TIMEOUT_MS;
      return commands(this.#browser);
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Sends commands that go to one tab. */
  sendTo<T>(window: string, commands: Commands<T>): Promise<T> {
    return this.send(async (browser) => {
      if (this.#window !== window) await browser.switchToWindow(window);
      this.#window = window;
      browser.options.connectionRetryTimeout = PAGE_COMMAND_TIMEOUT_MS;
      return commands(browser);
    });
  }
}
