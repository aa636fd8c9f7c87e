/** No page of an app has as many calls open at once. */
const MAX_CALLS = 500;

/**
 * Answers a call, or refuses it.
 *
 * @param page ID of the calling page
 * @param port the port of the call, which is closed if it is refused
 * @param accept answers the call, and resolves afterwards
 */
export type AnswerWithinLimit = (page: string, port: MessagePort, accept: () => Promise<void>) => Promise<void>;

/**
 * Limits the open calls of each page, so that no page can exhaust the worker's memory.
 *
 * @param tell called for each refused call
 */
export function limitCalls(tell: () => Promise<void>): AnswerWithinLimit {
  const open = new Map<string, number>();
  const count = (page: string, change: 1 | -1): void => {
    const calls = (open.get(page) ?? 0) + change;
    if (calls) open.set(page, calls);
    else open.delete(page);
  };
  return async (page, port, accept) => {
    if ((open.get(page) ?? 0) >= MAX_CALLS) {
      port.close();
      return tell();
    }
    count(page, 1);
    await accept().finally(() => count(page, -1));
  };
}
