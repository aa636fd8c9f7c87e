const SIGN_IN_POLICIES = ['auto', 'on-401', 'manual'] as const;

/**
 * When a page signs in by itself: as soon as somebody looks at it (`auto`), when a protected resource has answered one of its
 * requests with 401 (`on-401`), or never (`manual`).
 */
export type SignInPolicy = (typeof SIGN_IN_POLICIES)[number];

/**
 * Narrows what a page has named.
 *
 * @throws TypeError for another name
 */
export function parseSignInPolicy(value: string): SignInPolicy {
  const policy = SIGN_IN_POLICIES.find((known) => known === value);
  if (policy === undefined) throw new TypeError(`login is "${value}"; there are ${SIGN_IN_POLICIES.join(', ')}.`);
  return policy;
}
