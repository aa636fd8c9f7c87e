/** Who is told of something, each time that it happens. */
export interface Listeners<T> {
  /**
   * @param listener called each time
   * @returns ends it
   */
  readonly add: (listener: (news: T) => void) => () => void;
  readonly tell: (news: T) => void;
}

/** Nobody, at first. */
export function createListeners<T>(): Listeners<T> {
  const listeners = new Set<(news: T) => void>();
  return {
    add: (listener) => {
      // A function of its own: one listener may be added twice.
      const tell = (news: T): void => listener(news);
      listeners.add(tell);
      return () => void listeners.delete(tell);
    },
    tell: (news) => {
      for (const listener of listeners) listener(news);
    },
  };
}
