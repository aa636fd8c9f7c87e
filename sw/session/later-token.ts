import { isSameUser } from '../../src/protocol/session.ts';
import type { TargetToken } from './token-refresh.ts';
import type { TokenSession } from './token-session.ts';
import { isSameToken } from './token-set.ts';

/**
 * Returns the token that has taken the place of another one, after a sign-in or a refresh. A request of one user is never sent once more
 * for another.
 *
 * @returns `undefined` if the token is still the same, the session has ended, or it is of another user
 */
export async function laterToken(
  session: Pick<TokenSession, 'fresh'>,
  before: TargetToken,
): Promise<TargetToken | undefined> {
  const now = await session.fresh(before.target);
  const isLater = now && isSameUser(now.tokens.claims, before.tokens.claims) && !isSameToken(now.issued, before.issued);
  return isLater ? now : undefined;
}
