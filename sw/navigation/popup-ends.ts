import { serializeError } from '../../src/protocol/error.ts';
import type { PopupEnd } from '../../src/protocol/popup.ts';
import type { Session } from '../../src/protocol/session.ts';

/** Dependencies of the ends. */
export interface PopupEndsParts {
  /** Returns the session as a page may see it. */
  readonly view: () => Promise<Session>;
  /** Notifies every page. */
  readonly tell: (end: PopupEnd) => Promise<void>;
}

/** Largest number of ends that are kept: no user has as many windows. */
const MAX_ENDS = 20;

/**
 * Ends of the sign-ins in pop-ups. A page is notified of each, and may ask once more: a message may come later than the user does. After a
 * stop of the worker there is nothing to ask for, and each message is on its way.
 */
export class PopupEnds {
  readonly #parts: PopupEndsParts;
  readonly #ends: Map<string, PopupEnd> = new Map();

  constructor(parts: PopupEndsParts) {
    this.#parts = parts;
  }

  /**
   * Notes the end of a sign-in, and notifies every page.
   *
   * @param error reason why it was not completed; `undefined` if it was
   */
  async end(popupId: string, error?: unknown): Promise<void> {
    const session = await this.#parts.view();
    const end = { popupId, session, ...(error !== undefined && { error: serializeError(error) }) };
    this.#ends.set(popupId, end);
    const [oldest] = this.#ends.keys();
    if (this.#ends.size > MAX_ENDS && oldest !== undefined) this.#ends.delete(oldest);
    await this.#parts.tell(end);
  }

  /** Returns the end of a sign-in; `undefined` if it is not known. */
  find(popupId: string): PopupEnd | undefined {
    return this.#ends.get(popupId);
  }
}
