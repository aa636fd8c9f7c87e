import { randomUUID } from 'node:crypto';

/** Who signs in, and to what. */
export interface TestUser {
  /** What the ID token says of the user; `sub` is `test-user` if it does not say. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** What the user grants; by default all that the app asks for. */
  readonly scopes?: readonly string[];
}

/** What a user has granted the app. */
export interface Grant {
  readonly sub: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly scopes: readonly string[];
}

/** The authorization server's memory. */
export interface Grants {
  /** Takes note of a code, a refresh token or an access token. */
  readonly add: (secret: string, grant: Grant) => void;
  /** What a secret stands for; `undefined` if it is not good any more. */
  readonly find: (secret: unknown) => Grant | undefined;
  /** The same, once. */
  readonly take: (secret: unknown) => Grant | undefined;
  readonly clear: () => void;
}

/** Nothing granted. */
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

/** What a user grants of what an app asks for. */
export function grantOf({ claims = {}, scopes }: TestUser, asked: readonly string[]): Grant {
  const { sub } = claims;
  return { sub: typeof sub === 'string' ? sub : 'test-user', claims, scopes: scopes ?? asked };
}

/** Who is signed in at the authorization server, by the cookie of the browser. */
export interface UserSessions {
  /** Signs a user in; gives the cookie's value. */
  readonly begin: (user: TestUser) => string;
  readonly find: (cookies: string | undefined) => TestUser | undefined;
  readonly clear: () => void;
}

/** The name of the cookie. */
export const SESSION_COOKIE = 'tokenward_test_user';

/** Nobody signed in. */
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
