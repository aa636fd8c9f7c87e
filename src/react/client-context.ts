import { type Context, createContext, useContext } from 'react';
import type { TokenwardClient } from '../page/index.ts';

/** Values that `<TokenwardProvider>` passes to the hooks below it. */
export interface ProvidedClient {
  /** Client, once it is connected. */
  readonly client: TokenwardClient | undefined;
  /** Client or its promise, as the app gave it. */
  readonly source: TokenwardClient | PromiseLike<TokenwardClient> | undefined;
}

export const ClientContext: Context<ProvidedClient | undefined> = createContext<ProvidedClient | undefined>(undefined);

/**
 * Returns the values of the nearest provider.
 *
 * @throws Error if there is no provider above the component
 */
export function useProvidedClient(): ProvidedClient {
  const provided = useContext(ClientContext);
  if (!provided) throw new Error('tokenward/react: there is no <TokenwardProvider> above this component. Add it.');
  return provided;
}

/**
 * Returns the client, for calls such as `logout()`; `undefined` on a server, during hydration and until `connect()` resolves.
 *
 * @throws Error if there is no `<TokenwardProvider>` above the component
 * @example
 * const client = useClient();
 * return <button onClick={() => client?.logout()}>Sign out</button>;
 */
export function useClient(): TokenwardClient | undefined {
  return useProvidedClient().client;
}
