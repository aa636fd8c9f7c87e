import { PAGE_TIMEOUT_MS } from './engine.ts';

/**
 * How long a command may take. A script that meets the change from one process to another is never answered; all scripts that are
 * sent here end at once.
 */
const COMMAND_TIMEOUT_MS = 5000;

/** What a driver says went wrong, by the code of WebDriver, section 6.6. */
export class WebDriverError extends Error {
  override readonly name = 'WebDriverError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

/** A session with a driver: one browser with one profile. Its commands go to one tab at a time, so they wait for each other. */
export class WebDriverSession {
  readonly capabilities: Readonly<Record<string, unknown>>;
  readonly #url: string;
  #last: Promise<unknown> = Promise.resolve();
  #window = '';

  /**
   * Starts a browser.
   *
   * @param driverUrl where the driver listens
   * @see https://www.w3.org/TR/webdriver2/#new-session
   */
  static async create(driverUrl: string, capabilities: Readonly<Record<string, unknown>>): Promise<WebDriverSession> {
    const body = { capabilities: { alwaysMatch: capabilities } };
    const answer: { sessionId: string; capabilities: Record<string, unknown> } = await send(
      'POST',
      `${driverUrl}/session`,
      body,
    );
    return new WebDriverSession(`${driverUrl}/session/${answer.sessionId}`, answer.capabilities);
  }

  private constructor(url: string, capabilities: Readonly<Record<string, unknown>>) {
    this.#url = url;
    this.capabilities = capabilities;
  }

  /** The tabs that are open, by their handles. */
  windows(): Promise<readonly string[]> {
    return this.#inTurn(() => send('GET', `${this.#url}/window/handles`));
  }

  /** Opens a window, without leaving the one before it: from a mere tab that a driver has opened, WebKitGTK opens no pop-ups. */
  async openWindow(): Promise<string> {
    const { handle } = await this.#inTurn(() =>
      send<{ handle: string }>('POST', `${this.#url}/window/new`, { type: 'window' }),
    );
    return handle;
  }

  /**
   * Gives a command to a tab.
   *
   * @param path below the session, such as `url`
   * @param body of a POST; a GET has none
   */
  command<T>(window: string, path: string, body?: object): Promise<T> {
    return this.#inTurn(async () => {
      await this.#switchTo(window);
      return send<T>(body === undefined ? 'GET' : 'POST', `${this.#url}/${path}`, body);
    });
  }

  /** Deletes all cookies of the host that a tab shows. */
  deleteCookies(window: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#switchTo(window);
      await send('DELETE', `${this.#url}/cookie`);
    });
  }

  /** Brings a tab to the front. */
  select(window: string): Promise<void> {
    return this.#inTurn(() => this.#switchTo(window));
  }

  /** Closes a tab. */
  closeWindow(window: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#switchTo(window);
      await send('DELETE', `${this.#url}/window`);
      this.#window = '';
    });
  }

  /** Ends the browser. */
  delete(): Promise<void> {
    return this.#inTurn(() => send('DELETE', this.#url));
  }

  async #switchTo(window: string): Promise<void> {
    if (this.#window === window) return;
    await send('POST', `${this.#url}/window`, { handle: window });
    this.#window = window;
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(act);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

async function send<T>(method: string, url: string, body?: object): Promise<T> {
  const response = await fetch(url, {
    method,
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(url.endsWith('/session') ? PAGE_TIMEOUT_MS : COMMAND_TIMEOUT_MS),
  });
  const { value }: { value: T & { error?: string; message?: string } } = await response.json();
  if (!response.ok) throw new WebDriverError(value.error ?? String(response.status), value.message ?? '');
  return value;
}
