import { useSyncExternalStore } from 'react';
import type { Claims, Session, SignedOut } from '../page/index.ts';
import { useProvidedClient } from './client-context.ts';
import { NO_CLIENT } from './connecting-client.ts';

const SIGNED_OUT: SignedOut = { status: 'signed-out', reason: 'not-signed-in' };
const signedOut = (): Session => SIGNED_OUT;

/**
 * Returns the session, and renders the component again after every change in any tab. It is signed out on a server, during hydration
 * and until `connect()` resolves. The app states by the type argument which claims it expects, as with `connect()`.
 *
 * @throws Error if there is no `<TokenwardProvider>` above the component
 * @example
 * const session = useSession();
 * return <p>{session.status === 'signed-in' ? session.claims.sub : 'Signed out'}</p>;
 */
export function useSession<C extends Claims = Claims>(): Session<C>;
export function useSession(): Session {
  const { client } = useProvidedClient();
  return useSyncExternalStore(client?.subscribe ?? NO_CLIENT.subscribe, client?.getSnapshot ?? signedOut, signedOut);
}
