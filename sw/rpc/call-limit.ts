/** No page of an app has as many calls open at once. */
const MOST_CALLS = 500;

/**
 * Answers a call, or refuses it.
 *
 * @param page which page calls
 * @param port the port of the call, which is closed if it is refused
 * @param accept answers the call; settles when it has
 */
export type AnswerWithinLimit = (page: string, port: MessagePort, accept: () => Promise<void>) => Promise<void>;

/**
 * Keeps a page from holding so many calls open that the worker has no memory left for the others. Each page counts by itself.
 *
 * @param tell hears of each call that is refused
 */
export function limitCalls(tell: () => Promise<void>): AnswerWithinLimit {
  const open = new Map<string, number>();
  const count = (page: string, change: 1 | -1): void => {
    const calls = (open.get(page) ?? 0) + change;
    if (calls) open.set(page, calls);
    else open.delete(page);
  };
  return async (page, port, accept) => {
    if ((open.get(page) ?? 0) >= MOST_CALLS) {
      port.close();
      return tell();
    }
    count(page, 1);
    await accept().finally(() => count(page, -1));
  };
}
