import { createElement, Fragment, type ReactElement, type ReactNode } from 'react';
import type { Claims, Session, SignedIn as SignedInSession, SignedOut as SignedOutSession } from '../page/index.ts';
import { useSession } from './use-session.ts';

/** Properties of {@link SignedIn}. */
export interface SignedInProps<C extends Claims = Claims> {
  /** Content, or a function that returns it for the session. */
  readonly children?: ReactNode | ((session: SignedInSession<C>) => ReactNode);
}

/** Properties of {@link SignedOut}. */
export interface SignedOutProps {
  /** Content, or a function that returns it for the session, such as for its `reason` and `lastError`. */
  readonly children?: ReactNode | ((session: SignedOutSession) => ReactNode);
}

/**
 * Shows its children while a user is signed in.
 *
 * @throws Error if there is no `<TokenwardProvider>` above it
 * @example
 * <SignedIn>{({ claims }) => <h1>Signed in as {String(claims.name)}</h1>}</SignedIn>
 */
export function SignedIn<C extends Claims = Claims>({ children }: SignedInProps<C>): ReactElement | null {
  const session = useSession<C>();
  return session.status === 'signed-in' ? contentFor(session, children) : null;
}

/**
 * Shows its children while no user is signed in; on a server and during hydration too.
 *
 * @throws Error if there is no `<TokenwardProvider>` above it
 * @example
 * <SignedOut>
 *   <button onClick={login}>Sign in</button>
 * </SignedOut>
 */
export function SignedOut({ children }: SignedOutProps): ReactElement | null {
  const session = useSession();
  return session.status === 'signed-out' ? contentFor(session, children) : null;
}

// Older compilers accept no component that returns any ReactNode.
function contentFor<S extends Session>(session: S, children: ReactNode | ((session: S) => ReactNode)): ReactElement {
  return createElement(Fragment, null, typeof children === 'function' ? children(session) : children);
}
