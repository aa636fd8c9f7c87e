import { writeFile } from 'node:fs/promises';
import { ELEMENT_KEY } from 'webdriver';
import { type EngineName, type EnginePage, type EngineProfile, type PageScript, SCRIPT_TIMEOUT_MS } from './engine.ts';
import { type Answer, toCall } from './page-script.ts';
import { until, untilTrue } from '../until.ts';
import type { Commands, WebDriverSession } from './webdriver.ts';

/** What has become of a script that runs in a page. */
type Progress =
  | { readonly state: 'running' }
  | { readonly state: 'lost' }
  | { readonly state: 'ended'; readonly answer: string }
  | { readonly state: 'failed'; readonly message: string };

/** The key under which a page keeps the answers of its scripts, and what marks a document that is to be left. */
const ANSWERS = `Symbol.for('answers to the test')`;
const LEFT = `Symbol.for('left by the test')`;

/** How long a tab may show the URL that is left before it is asked whether a redirect has brought it back there, in milliseconds. */
const SAME_URL_MS = 1000;

let scripts = 0;

/** A tab of a browser that a WebDriver drives. */
export class WebDriverPage implements EnginePage {
  readonly profile: EngineProfile;
  readonly #session: WebDriverSession;
  readonly #window: string;

  constructor(profile: EngineProfile, session: WebDriverSession, window: string) {
    this.profile = profile;
    this.#session = session;
    this.#window = window;
  }

  get engine(): EngineName {
    return this.profile.engine;
  }

  url(): Promise<string> {
    return this.#send((browser) => browser.getUrl());
  }

  async goto(url: string): Promise<void> {
    const before = await this.url();
    if (isSameDocument(before, url)) return this.#send((browser) => browser.navigateTo(url));
    return this.#navigate((browser) => browser.navigateTo(url), before === url ? undefined : before);
  }

  reload(): Promise<void> {
    return this.#navigate((browser) => browser.refresh(), undefined);
  }

  reloadPastWorker(): Promise<void> {
    return Promise.reject(new Error('WebDriver has no such reload.'));
  }

  dispatchSync(): Promise<void> {
    return Promise.reject(new Error('WebKitGTK has no Background Sync.'));
  }

  /**
   * A script that is asynchronous is only started here, and its answer asked for later: a command that waits for it would keep
   * the other tabs of the session waiting too.
   */
  async evaluate<A, R>(script: PageScript<A, R>, argument?: A): Promise<R> {
    const id = (scripts += 1);
    let progress = await this.#execute<Progress>(`
      const ended = (value) => ({ state: 'ended', answer: JSON.stringify({ value }) });
      const failed = (error) => ({ state: 'failed', message: String(error?.message ?? error) });
      try {
        const value = ${toCall(script, argument)};
        if (!(value instanceof Promise)) return ended(value);
        const answers = (window[${ANSWERS}] ??= new Map());
        const running = { state: 'running' };
        answers.set(${id}, running);
        value.then(ended).catch(failed).then((progress) => answers.set(${id}, progress));
        return running;
      } catch (error) {
        return failed(error);
      }`);
    if (progress.state === 'running') progress = await this.#end(id, script);
    if (progress.state === 'failed') throw new Error(progress.message);
    if (progress.state !== 'ended') throw new Error('The page went elsewhere before the script had ended.');
    const { value }: Answer<R> = JSON.parse(progress.answer);
    return value;
  }

  waitForFunction<A>(script: PageScript<A, unknown>, argument?: A): Promise<void> {
    return untilTrue(
      () => this.evaluate(script, argument),
      () => `a page to say yes to ${script.toString()}`,
    );
  }

  async waitForURL(matches: (url: URL) => boolean): Promise<void> {
    let url = '';
    const hasArrived = async (): Promise<boolean> => {
      url = await this.url();
      if (!matches(new URL(url))) return false;
      url = await this.#loadedUrl();
      return url !== '' && matches(new URL(url));
    };
    await untilTrue(hasArrived, () => `another URL than ${url}`);
  }

  /** By a script: the driver may look for an element in the page that was there before. */
  waitForSelector(selector: string): Promise<void> {
    return untilTrue(
      () => this.evaluate((wanted) => document.querySelector(wanted) !== null, selector),
      () => `the element ${selector}`,
    );
  }

  async click(selector: string): Promise<void> {
    const element = await this.#find(selector);
    await this.#send((browser) => browser.elementClick(element));
  }

  async fill(selector: string, text: string): Promise<void> {
    const element = await this.#find(selector);
    await this.#send((browser) => browser.elementClear(element));
    await this.#send((browser) => browser.elementSendKeys(element, text));
  }

  clearCookies(): Promise<void> {
    return this.#send((browser) => browser.deleteAllCookies());
  }

  bringToFront(): Promise<void> {
    return this.#send(() => Promise.resolve());
  }

  async screenshot(path: string): Promise<void> {
    const picture = await this.#send((browser) => browser.takeScreenshot());
    await writeFile(path, picture, 'base64');
  }

  async close(): Promise<void> {
    await this.#send((browser) => browser.closeWindow());
  }

  /**
   * The document that is left is marked, and not its window, which a first document may leave to the next one.
   * The browser was told not to wait for what it loads, since the other tabs would have to wait with it. A script that meets
   * the change from one process to another is never answered, so the URL is asked first.
   *
   * @param before the URL that is left, unless the page comes again
   */
  async #navigate(start: Commands<void>, before: string | undefined): Promise<void> {
    await this.#execute(`document[${LEFT}] = true;`);
    await this.#send(start);
    const isSureAtMs = performance.now() + SAME_URL_MS;
    const hasArrived = async (): Promise<boolean> =>
      ((await this.url()) !== before || performance.now() > isSureAtMs) && (await this.#loadedUrl()) !== '';
    await untilTrue(hasArrived, () => `the end of a navigation from ${before}`);
  }

  /** Waits for the end of a script that has been started. */
  #end(id: number, script: PageScript<never, unknown>): Promise<Progress> {
    const look = async (): Promise<Progress | undefined> => {
      const progress = await this.#execute<Progress>(`
        const answer = window[${ANSWERS}]?.get(${id}) ?? { state: 'lost' };
        if (answer.state !== 'running') window[${ANSWERS}]?.delete(${id});
        return answer;`);
      return progress.state === 'running' ? undefined : progress;
    };
    return until(look, () => `the end of ${script.toString()}`, { timeoutMs: SCRIPT_TIMEOUT_MS });
  }

  /** The URL of the document that is there, once it has loaded: the driver names that of a page which is still to come. */
  #loadedUrl(): Promise<string> {
    return this.#execute(
      `return document[${LEFT}] !== true && document.readyState === 'complete' ? window.location.href : '';`,
    );
  }

  #find(selector: string): Promise<string> {
    const find = async (): Promise<string> => {
      const found = await this.#send((browser) => browser.findElement('css selector', selector));
      return found[ELEMENT_KEY];
    };
    return until(find, () => `the element ${selector}`);
  }

  #execute<T>(script: string): Promise<T> {
    return this.#send((browser) => browser.executeScript(script, []));
  }

  #send<T>(commands: Commands<T>): Promise<T> {
    return this.#session.sendTo(this.#window, commands);
  }
}

/** Whether a navigation leaves the document where it is: only the fragment is another one. */
function isSameDocument(before: string, after: string): boolean {
  const [from] = before.split('#');
  const [to, fragment] = after.split('#');
  return from === to && fragment !== undefined;
}
