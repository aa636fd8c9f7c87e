import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, CDPSession, Page } from 'playwright';
import { until } from '../support/until.ts';

type Command = <T>(method: string, params?: object) => Promise<T>;

interface RemoteObject {
  readonly objectId: string;
}

/** A page or a service worker, seen by Chromium's developer tools, which keep a worker running meanwhile. */
export class Realm {
  readonly #cdp: CDPSession;
  readonly #command: Command;

  /** Attaches to the one service worker of a browser, once there is no more than one. */
  static async ofWorker(browser: Browser): Promise<Realm> {
    const cdp = await browser.newBrowserCDPSession();
    const find = async (): Promise<string | undefined> => {
      const { targetInfos } = await cdp.send('Target.getTargets');
      const [worker, ...others] = targetInfos.filter(({ type }) => type === 'service_worker');
      return others.length === 0 ? worker?.targetId : undefined;
    };
    return Realm.#attach(cdp, await until(find, () => 'a single service worker'));
  }

  /** Attaches to a page. */
  static async ofPage(page: Page): Promise<Realm> {
    const own = await page.context().newCDPSession(page);
    const { targetInfo } = await own.send('Target.getTargetInfo');
    await own.detach();
    const browser = page.context().browser();
    if (!browser) throw new Error('The page has no browser to ask.');
    return Realm.#attach(await browser.newBrowserCDPSession(), targetInfo.targetId);
  }

  static async #attach(cdp: CDPSession, targetId: string): Promise<Realm> {
    const { sessionId } = await cdp.send('Target.attachToTarget', { targetId, flatten: false });
    return new Realm(cdp, commandsTo(cdp, sessionId));
  }

  private constructor(cdp: CDPSession, command: Command) {
    this.#cdp = cdp;
    this.#command = command;
  }

  /** Measures what is in use once garbage was collected, in bytes. */
  async heapSize(): Promise<number> {
    await this.#collectGarbage();
    // What only a finalizer holds goes with the next one.
    await delay(100);
    await this.#collectGarbage();
    const { usedSize } = await this.#command<{ usedSize: number }>('Runtime.getHeapUsage');
    return usedSize;
  }

  /**
   * Counts the objects of a class that are still there once garbage was collected.
   *
   * @param className a global, such as `MessagePort`
   */
  async countObjects(className: string): Promise<number> {
    const { result: prototype } = await this.#command<{ result: RemoteObject }>('Runtime.evaluate', {
      expression: `${className}.prototype`,
    });
    const { objects } = await this.#command<{ objects: RemoteObject }>('Runtime.queryObjects', {
      prototypeObjectId: prototype.objectId,
    });
    const { result } = await this.#command<{ result: { value: number } }>('Runtime.callFunctionOn', {
      objectId: objects.objectId,
      functionDeclaration: 'function () { return this.length; }',
      returnByValue: true,
    });
    for (const { objectId } of [prototype, objects]) await this.#command('Runtime.releaseObject', { objectId });
    return result.value;
  }

  /**
   * Counts the listeners of objects, by the developer tools' own `getEventListeners()`.
   *
   * @param targets expressions, such as `navigator.serviceWorker`
   */
  async countListeners(targets: readonly string[]): Promise<number> {
    const { result } = await this.#command<{ result: { value: number } }>('Runtime.evaluate', {
      expression: `[${targets.join()}].flatMap((target) => Object.values(getEventListeners(target)).flat()).length`,
      includeCommandLineAPI: true,
      returnByValue: true,
    });
    return result.value;
  }

  /** Lets go of it: a worker may stop then. */
  async detach(): Promise<void> {
    await this.#cdp.detach();
  }

  async #collectGarbage(): Promise<void> {
    await this.#command('HeapProfiler.enable');
    await this.#command('HeapProfiler.collectGarbage');
  }
}

/**
 * Playwright has sessions with pages only, so the messages go through the browser's.
 *
 * @see https://chromedevtools.github.io/devtools-protocol/tot/Target/#method-sendMessageToTarget
 */
function commandsTo(cdp: CDPSession, sessionId: string): Command {
  const waiting = new Map<number, (message: string) => void>();
  cdp.on('Target.receivedMessageFromTarget', (event) => {
    if (event.sessionId !== sessionId) return;
    const { id }: { id?: number } = JSON.parse(event.message);
    if (id !== undefined) waiting.get(id)?.(event.message);
  });
  let ids = 0;
  return async <T>(method: string, params: object = {}): Promise<T> => {
    const id = (ids += 1);
    const answered = new Promise<string>((resolve) => waiting.set(id, resolve));
    await cdp.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method, params }) });
    const { result, error }: { result: T; error?: { message: string } } = JSON.parse(await answered);
    waiting.delete(id);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  };
}
