import { WebSocket } from 'ws';

/** What a command has come to (WebDriver BiDi, section 3.4). */
type Answer<T> =
  | { readonly id: number; readonly type: 'success'; readonly result: T }
  | { readonly id: number; readonly type: 'error'; readonly message: string };

/**
 * A connection by WebDriver BiDi that subscribes to no events: what the browser would have to tell of each request is time that a
 * measurement of requests would take for theirs.
 *
 * @see https://www.w3.org/TR/webdriver-bidi/
 */
export class BidiConnection {
  readonly #socket: WebSocket;
  readonly #waiting: Map<number, (answer: string) => void> = new Map();
  #commands = 0;

  /** @param url where the browser listens */
  static async open(url: string): Promise<BidiConnection> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return new BidiConnection(socket);
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      const text = data.toString('utf8');
      const { id }: { readonly id: number } = JSON.parse(text);
      this.#waiting.get(id)?.(text);
    });
    socket.on('close', () => {
      const gone = JSON.stringify({ type: 'error', message: 'The browser has gone.' });
      for (const end of this.#waiting.values()) end(gone);
    });
  }

  /** @throws Error with what the browser says, if it refuses */
  async command<T>(method: string, params: object = {}): Promise<T> {
    const id = (this.#commands += 1);
    const answered = new Promise<string>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    const answer: Answer<T> = JSON.parse(await answered);
    this.#waiting.delete(id);
    if (answer.type !== 'success') throw new Error(`${method}: ${answer.message}`);
    return answer.result;
  }

  close(): void {
    this.#socket.close();
  }
}
