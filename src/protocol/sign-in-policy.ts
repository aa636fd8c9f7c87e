const SIGN_IN_POLICIES = ['auto', 'on-401', 'manual'] as const;

/**
 * Condition under which a page signs in by itself: as soon as it is visible (`auto`), after a protected resource has answered
 * one of its requests with 401 (`on-401`), or never (`manual`).
 */
export type SignInPolicy = (typeof SIGN_IN_POLICIES)[number];

/**
 * Parses the name of a policy.
 *
 * @throws TypeError for another name
 */
export function parseSignInPolicy(value: string): SignInPolicy {
  const policy = SIGN_IN_POLICIES.find((known) => known === value);
  if (policy === undefined) throw new TypeError(`login is "${value}"; there are ${SIGN_IN_POLICIES.join(', ')}.`);
  return policy;
}
