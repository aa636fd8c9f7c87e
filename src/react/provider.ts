import { createElement, type ReactElement, type ReactNode, useMemo, useSyncExternalStore } from 'react';
import type { TokenwardClient } from '../page/index.ts';
import { ClientContext } from './client-context.ts';
import { NO_CLIENT, observeClient } from './connecting-client.ts';

/** Properties of {@link TokenwardProvider}. */
export interface TokenwardProviderProps {
  /** Client, or the promise that `connect()` returned; `undefined` on a server. Create it outside of components, once. */
  readonly client: TokenwardClient | PromiseLike<TokenwardClient> | undefined;
  /** Content to show on a server and until the promise resolves. Without it, the children are shown at once, signed out. */
  readonly fallback?: ReactNode;
  readonly children?: ReactNode;
}

/**
 * Provides the client to the hooks and components below it. Server and hydration show the same: the fallback, or else the
 * children, signed out.
 *
 * @throws the error of `connect()`, to the error boundary above it, if the promise rejects
 * @example
 * const client = connect({ worker: '/tokenward-sw.js' });
 * createRoot(root).render(
 *   <TokenwardProvider client={client} fallback={<p>Loading</p>}>
 *     <App />
 *   </TokenwardProvider>,
 * );
 */
export function TokenwardProvider({ client: source, fallback, children }: TokenwardProviderProps): ReactElement {
  const { subscribe, getSnapshot } = source ? observeClient(source) : NO_CLIENT;
  const { client, failure } = useSyncExternalStore(subscribe, getSnapshot, NO_CLIENT.getSnapshot);
  if (failure) throw failure.error;
  const provided = useMemo(() => ({ client, source }), [client, source]);
  const content = client || fallback === undefined ? children : fallback;
  return createElement(ClientContext.Provider, { value: provided }, content);
}
