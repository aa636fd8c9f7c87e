import type { BidiHandler } from 'webdriver';
import type { EngineTab, PageScript } from './engine.ts';
import { callIn } from './page-script.ts';
import { until, untilTrue } from '../until.ts';

type Actions = Parameters<BidiHandler['inputPerformActions']>[0]['actions'];

/** A tab of a browser that is driven by WebDriver BiDi. */
export class BidiTab implements EngineTab {
  readonly #browser: BidiHandler;
  readonly #context: string;

  constructor(browser: BidiHandler, context: string) {
    this.#browser = browser;
    this.#context = context;
  }

  async goto(url: string): Promise<void> {
    await this.#browser.browsingContextNavigate({ context: this.#context, url, wait: 'complete' });
  }

  evaluate<A, R>(script: PageScript<A, R>, argument?: A): Promise<R> {
    return callIn((expression) => this.#run(expression), script, argument);
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
      url = await this.evaluate(() => (document.readyState === 'complete' ? window.location.href : ''));
      return url !== '' && matches(new URL(url));
    };
    await untilTrue(hasArrived, () => `another URL than ${url}`);
  }

  async waitForSelector(selector: string): Promise<void> {
    await this.#find(selector);
  }

  async click(selector: string): Promise<void> {
    const sharedId = await this.#find(selector);
    const origin = { type: 'element', element: { sharedId } } as const;
    await this.#act([
      {
        type: 'pointer',
        id: 'mouse',
        actions: [
          { type: 'pointerMove', x: 0, y: 0, origin },
          { type: 'pointerDown', button: 0 },
          { type: 'pointerUp', button: 0 },
        ],
      },
    ]);
  }

  async fill(selector: string, text: string): Promise<void> {
    await this.click(selector);
    const actions = Array.from(text).flatMap((value) => [
      { type: 'keyDown', value } as const,
      { type: 'keyUp', value } as const,
    ]);
    await this.#act([{ type: 'key', id: 'keyboard', actions }]);
  }

  async #run(expression: string): Promise<string> {
    const target = { context: this.#context };
    const evaluation = await this.#browser.scriptEvaluate({ expression, target, awaitPromise: true });
    if (evaluation.type === 'exception') throw new Error(evaluation.exceptionDetails.text);
    if (evaluation.result.type !== 'string') throw new TypeError(`The script returned ${evaluation.result.type}.`);
    return evaluation.result.value;
  }

  #find(selector: string): Promise<string> {
    const locator = { type: 'css', value: selector } as const;
    const find = async (): Promise<string | undefined> => {
      const { nodes } = await this.#browser.browsingContextLocateNodes({ context: this.#context, locator });
      return nodes[0]?.sharedId;
    };
    return until(find, () => `the element ${selector}`);
  }

  async #act(actions: Actions): Promise<void> {
    await this.#browser.inputPerformActions({ context: this.#context, actions });
  }
}
