import { useCallback, useRef, useState } from 'react';
import {
  type AuthorizationOptions,
  isTokenwardError,
  type SerializedError,
  type TokenwardError,
} from '../page/index.ts';
import { type ProvidedClient, useProvidedClient } from './client-context.ts';
import { useSession } from './use-session.ts';

/** Event of React, such as a handler for `onClick` gets. It is no option of a sign-in. */
export interface LoginEvent {
  readonly nativeEvent: unknown;
}

/** Sign-in of one component, such as a button. */
export interface LoginState {
  /**
   * Leaves the page to sign in, with the options of the client's `login()`. It may be an event handler. It waits until `connect()`
   * resolves, and does nothing while a sign-in of this component is pending. It never throws: the error is in `error`.
   */
  readonly login: (options?: AuthorizationOptions | LoginEvent) => void;
  /** Whether the sign-in is pending: from the call until it fails, or the browser comes back to the page. */
  readonly isPending: boolean;
  /** Error of the last call, or else the session's `lastError`; absent while a sign-in is pending. */
  readonly error: TokenwardError | SerializedError | undefined;
}

/**
 * Returns a function that signs in, and the state to show while it does.
 *
 * @throws Error if there is no `<TokenwardProvider>` above the component
 * @example
 * const { login, isPending, error } = useLogin();
 * return (
 *   <button onClick={login} disabled={isPending}>
 *     {error ? `Try again: ${error.message}` : 'Sign in'}
 *   </button>
 * );
 */
export function useLogin(): LoginState {
  const { source } = useProvidedClient();
  const { lastError } = useSession();
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<TokenwardError>();
  // The state does not change before the next rendering; a second click may come first.
  const isRunning = useRef(false);
  const login = useCallback<LoginState['login']>(
    (options = {}) => {
      if (isRunning.current) return;
      isRunning.current = true;
      setPending(true);
      void signIn(source, 'nativeEvent' in options ? {} : options)
        .then(setError)
        .finally(() => {
          isRunning.current = false;
          setPending(false);
        });
    },
    [source],
  );
  return { login, isPending, error: isPending ? undefined : (error ?? lastError) };
}

/** Signs in, and returns the documented error, if that fails. */
async function signIn(
  source: ProvidedClient['source'],
  options: AuthorizationOptions,
): Promise<TokenwardError | undefined> {
  try {
    const client = await source;
    if (!client) throw new Error('tokenward/react: <TokenwardProvider> has no client. Give it what connect() returns.');
    await client.login(options);
    return undefined;
  } catch (error) {
    if (isTokenwardError(error)) return error;
    throw error;
  }
}
