/** Someone who can sign in at the demo's authorization server. */
export interface User {
  readonly sub: string;
  readonly username: string;
  readonly password: string;
  /** What the ID token says about this user, with the scopes `openid`, `profile` and `email`. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** The first test user: the one that the demo's terminal prints. */
export const ADA: User = {
  sub: 'user-ada',
  username: 'ada@example.org',
  password: 'analytical-engine',
  claims: {
    name: 'Ada Lovelace',
    given_name: 'Ada',
    family_name: 'Lovelace',
    email: 'ada@example.org',
    email_verified: true,
    locale: 'en-GB',
    plan: 'pro',
    'https://tokenward.example/roles': ['editor', 'reader'],
  },
};

/** A second test user, for what happens when accounts change. */
export const GRACE: User = {
  sub: 'user-grace',
  username: 'grace@example.org',
  password: 'nanoseconds',
  claims: {
    name: 'Grace Hopper',
    given_name: 'Grace',
    family_name: 'Hopper',
    email: 'grace@example.org',
    email_verified: true,
    locale: 'en-US',
    plan: 'free',
    'https://tokenward.example/roles': ['reader'],
  },
};

/** Everyone who can sign in. */
export const USERS: readonly User[] = [ADA, GRACE];
