import type { Claims, Session } from '../protocol/session.ts';

/** Listener for the session, called at once and after every change. */
export type SessionListener<C extends Claims> = (session: Session<C>) => void;

/**
 * Store of the session that the worker reported last. It follows the contract that React's `useSyncExternalStore` and Svelte's
 * stores share. The functions may be used without their object.
 */
export interface SessionStore<C extends Claims> {
  /** Returns the session: the same object until it changes. */
  readonly getSnapshot: () => Session<C>;
  /**
   * Adds a listener.
   *
   * @param listener called at once, and after every change
   * @returns a function that removes it
   */
  readonly subscribe: (listener: SessionListener<C>) => () => void;
  readonly set: (session: Session<C>) => void;
}

/**
 * Creates a store.
 *
 * @param initial the worker's first report
 */
export function createSessionStore<C extends Claims>(initial: Session<C>): SessionStore<C> {
  let snapshot = initial;
  const listeners = new Set<SessionListener<C>>();
  return {
    getSnapshot: () => snapshot,
    subscribe: (listener) => {
      // Use a new function, because one listener may have two subscriptions.
      const tell: SessionListener<C> = (session) => listener(session);
      listeners.add(tell);
      tell(snapshot);
      return () => void listeners.delete(tell);
    },
    set: (session) => {
      snapshot = session;
      for (const listener of listeners) listener(session);
    },
  };
}
