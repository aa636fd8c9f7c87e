import type { TokenwardClient } from '../page/index.ts';

/** Result of `connect()` as far as it is known: neither member while it is pending, and on a server. */
export interface ConnectOutcome {
  readonly client?: TokenwardClient;
  readonly failure?: { readonly error: unknown };
}

/** Store of the result, for React's `useSyncExternalStore`. */
export interface ConnectingClient {
  /** Returns the result: the same object until it changes. */
  readonly getSnapshot: () => ConnectOutcome;
  /** Calls the listener once the result is known. Returns the function that unsubscribes. */
  readonly subscribe: (onChange: () => void) => () => void;
}

const PENDING: ConnectOutcome = {};

/** Store where there is no client, as on a server. */
export const NO_CLIENT: ConnectingClient = { getSnapshot: () => PENDING, subscribe: () => () => {} };

/** Stores by their client or promise: a component that is mounted again need not wait again. */
const known = new WeakMap<object, ConnectingClient>();

/** Returns the store of a client or of the promise of one: always the same store for the same object. */
export function observeClient(source: TokenwardClient | PromiseLike<TokenwardClient>): ConnectingClient {
  const store = known.get(source) ?? createStore(source);
  known.set(source, store);
  return store;
}

function createStore(source: TokenwardClient | PromiseLike<TokenwardClient>): ConnectingClient {
  let outcome: ConnectOutcome = 'then' in source ? PENDING : { client: source };
  const getSnapshot = (): ConnectOutcome => outcome;
  if (!('then' in source)) return { ...NO_CLIENT, getSnapshot };
  const done = source.then(
    (client) => void (outcome = { client }),
    (error: unknown) => void (outcome = { failure: { error } }),
  );
  return {
    getSnapshot,
    subscribe: (onChange) => {
      let isSubscribed = true;
      void done.then(() => isSubscribed && onChange());
      return () => void (isSubscribed = false);
    },
  };
}
