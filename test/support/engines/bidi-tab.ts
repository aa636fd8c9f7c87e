import type { BidiConnection } from './bidi.ts';
import type { EngineTab, PageScript } from './engine.ts';
import { type Answer, toCall } from './page-script.ts';
import { until, untilYes } from './until.ts';

/** What a script has come to (WebDriver BiDi, section 7.8.1.3). */
type Evaluation =
  | { readonly type: 'success'; readonly result: { readonly value: string } }
  | { readonly type: 'exception'; readonly exceptionDetails: { readonly text: string } };

/** A tab of a browser that is driven by WebDriver BiDi. */
export class BidiTab implements EngineTab {
  readonly #connection: BidiConnection;
  readonly #context: string;

  constructor(connection: BidiConnection, context: string) {
    this.#connection = connection;
    this.#context = context;
  }

  async goto(url: string): Promise<void> {
    await this.#command('browsingContext.navigate', { url, wait: 'complete' });
  }

  async evaluate<A, R>(script: PageScript<A, R>, argument?: A): Promise<R> {
    const expression = `Promise.resolve(${toCall(script, argument)}).then((value) => JSON.stringify({ value }))`;
    const params = { expression, target: { context: this.#context }, awaitPromise: true };
    const evaluation = await this.#connection.command<Evaluation>('script.evaluate', params);
    if (evaluation.type === 'exception') throw new Error(evaluation.exceptionDetails.text);
    const { value }: Answer<R> = JSON.parse(evaluation.result.value);
    return value;
  }

  waitFor<A>(script: PageScript<A, unknown>, argument?: A): Promise<void> {
    return untilYes(() => this.evaluate(script, argument), script);
  }

  async waitForUrl(matches: (url: URL) => boolean): Promise<void> {
    let url = '';
    const arrived = async (): Promise<true | undefined> => {
      url = await this.evaluate(() => (document.readyState === 'complete' ? window.location.href : ''));
      return (url !== '' && matches(new URL(url))) || undefined;
    };
    await until(arrived, () => `another URL than ${url}`);
  }

  async click(selector: string): Promise<void> {
    const element = await this.#find(selector);
    const origin = { type: 'element', element };
    const press = [
      { type: 'pointerDown', button: 0 },
      { type: 'pointerUp', button: 0 },
    ] as const;
    await this.#act({ type: 'pointer', id: 'mouse', actions: [{ type: 'pointerMove', x: 0, y: 0, origin }, ...press] });
  }

  async fill(selector: string, text: string): Promise<void> {
    await this.click(selector);
    const keys = Array.from(text).flatMap((value) => [
      { type: 'keyDown', value },
      { type: 'keyUp', value },
    ]);
    await this.#act({ type: 'key', id: 'keyboard', actions: keys });
  }

  async #find(selector: string): Promise<object> {
    const find = async (): Promise<object | undefined> => {
      const locator = { type: 'css', value: selector };
      const { nodes } = await this.#command<{ nodes: readonly { sharedId: string }[] }>('browsingContext.locateNodes', {
        locator,
      });
      return nodes[0] && { sharedId: nodes[0].sharedId };
    };
    return until(find, () => `the element ${selector}`);
  }

  async #act(source: object): Promise<void> {
    await this.#command('input.performActions', { actions: [source] });
  }

  #command<T>(method: string, params: object): Promise<T> {
    return this.#connection.command<T>(method, { context: this.#context, ...params });
  }
}
