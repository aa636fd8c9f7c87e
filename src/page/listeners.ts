/** Set of listeners for one kind of event. */
export interface Listeners<T> {
  /**
   * Adds a listener.
   *
   * @param listener called each time
   * @returns a function that removes it
   */
  readonly add: (listener: (news: T) => void) => () => void;
  readonly tell: (news: T) => void;
}

/** Creates an empty set of listeners. */
export function createListeners<T>(): Listeners<T> {
  const listeners = new Set<(news: T) => void>();
  return {
    add: (listener) => {
      // Use a new function, because one listener may be added twice.
      const tell = (news: T): void => listener(news);
      listeners.add(tell);
      return () => void listeners.delete(tell);
    },
    tell: (news) => {
      for (const listener of listeners) listener(news);
    },
  };
}
