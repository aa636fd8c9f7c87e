import { randomUUID } from 'node:crypto';

/** User who signs in, and the scopes of the grant. */
export interface TestUser {
  /** Claims of the ID token; `sub` is `test-user` by default. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Scopes that the user grants; by default all that the app requests. */
  readonly scopes?: readonly string[];
}

/** Grant of a user to the app. */
export interface Grant {
  readonly sub: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly scopes: readonly string[];
}

/** Store of the authorization server's codes and tokens. */
export interface Grants {
  /** Stores a code, a refresh token or an access token with its grant. */
  readonly add: (secret: string, grant: Grant) => void;
  /** Returns the grant of a secret; `undefined` if the secret is not valid any more. */
  readonly find: (secret: unknown) => Grant | undefined;
  /** Returns the grant of a secret and invalidates the secret. */
  readonly take: (secret: unknown) => Grant | undefined;
  readonly clear: () => void;
}

/** Creates an empty store. */
export function createGrants(): Grants {
  const grants = new Map<unknown, Grant>();
  return {
    add: (secret, grant) => void grants.set(secret, grant),
    find: (secret) => grants.get(secret),
    take: (secret) => {
      const grant = grants.get(secret);
      grants.delete(secret);
      return grant;
    },
    clear: () => grants.clear(),
  };
}

/** Returns the user's grant for the requested scopes. */
export function grantOf({ claims = {}, scopes }: TestUser, asked: readonly string[]): Grant {
  const { sub } = claims;
  return { sub: typeof sub === 'string' ? sub : 'test-user', claims, scopes: scopes ?? asked };
}

/** Users who are signed in at the authorization server, by the cookie of the browser. */
export interface UserSessions {
  /** Signs a user in; returns the cookie's value. */
  readonly begin: (user: TestUser) => string;
  readonly find: (cookies: string | undefined) => TestUser | undefined;
  readonly clear: () => void;
}

/** Name of the cookie. */
export const SESSION_COOKIE = 'tokenward_test_user';

/** Creates a store without sessions. */
export function createUserSessions(): UserSessions {
  const users = new Map<string, TestUser>();
  return {
    begin: (user) => {
      const id = randomUUID();
      users.set(id, user);
      return id;
    },
    find: (cookies = '') => users.get(new RegExp(`(?:^|; )${SESSION_COOKIE}=([\\w-]+)`).exec(cookies)?.[1] ?? ''),
    clear: () => users.clear(),
  };
}
