export { useClient } from './client-context.ts';
export { TokenwardProvider, type TokenwardProviderProps } from './provider.ts';
export { SignedIn, type SignedInProps, SignedOut, type SignedOutProps } from './session-boundaries.ts';
export { type LoginEvent, type LoginState, useLogin } from './use-login.ts';
export { useSession } from './use-session.ts';
