import type { NotificationParts } from './notify-pages.ts';

/** Time in which a page must say that it waits, in milliseconds: its thread may be busy. */
const ACKNOWLEDGE_MS = 5000;

/** Largest number of open questions: requests above it get their responses at once. */
const MAX_OPEN = 50;

/** Question to a page. */
export interface PageQuestion {
  /** Page that is asked. */
  readonly clientId: string;
  /** Time for which a page that waits is waited for, in milliseconds. */
  readonly waitMs: number;
  /** Signal that the answer is of no use any more. */
  readonly signal: AbortSignal;
}

/**
 * Questions to pages. Each has a channel of its own, on which the page says that it waits, and later that it has answered. A page can end
 * its own questions with any answer, and make none of them last longer.
 */
export class PageQuestions {
  readonly #parts: NotificationParts;
  #open = 0;

  constructor(parts: NotificationParts) {
    this.#parts = parts;
  }

  /**
   * Asks a page.
   *
   * @param message message to the page
   * @returns whether the page has answered; `undefined` if it is not there, or too many are asked: then it has no message
   */
  async ask(message: object, { clientId, waitMs, signal }: PageQuestion): Promise<boolean | undefined> {
    const { listWindows, registrationScope } = this.#parts;
    if (this.#open >= MAX_OPEN) return undefined;
    this.#open += 1;
    try {
      const page = (await listWindows()).find(({ id }) => id === clientId);
      if (!page) return undefined;
      const { port1, port2 } = new MessageChannel();
      const answer = answerOn(port1, waitMs, signal);
      page.postMessage({ ...message, scope: registrationScope() }, [port2]);
      return await answer.finally(() => port1.close());
    } finally {
      this.#open -= 1;
    }
  }
}

function answerOn(port: MessagePort, waitMs: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const giveUp = (): void => resolve(false);
    let timer = setTimeout(giveUp, ACKNOWLEDGE_MS);
    let isWaiting = false;
    port.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (data !== 'waiting') {
        clearTimeout(timer);
        resolve(data === 'answered');
      } else if (!isWaiting) {
        isWaiting = true;
        clearTimeout(timer);
        timer = setTimeout(giveUp, waitMs);
      }
    });
    port.start();
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
  });
}
