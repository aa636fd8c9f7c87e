import { createLoginLoopGuard } from './login-loop-guard.ts';
import type { ConnectedPage } from './client.ts';
import { isVisible, onVisible } from './platform.ts';
import type { SignInPolicy } from '../protocol/sign-in-policy.ts';
import { onUnauthorized } from './unauthorized-requests.ts';

/**
 * Signs in by a policy, without loops: a sign-in that was cancelled or has failed is not repeated for five minutes, and none
 * begins within half a minute after another, or after a sign-out.
 *
 * @param page client, and how it signs in by itself
 * @param policy condition for a sign-in
 * @param scope URL that the worker is registered for: another app in the same tab has its own notes
 */
export function applySignInPolicy({ client, signIn: begin }: ConnectedPage, policy: SignInPolicy, scope: string): void {
  if (policy === 'manual') return;
  const guard = createLoginLoopGuard(`sign-in ${scope}`, 'policy');
  const signIn = async (): Promise<void> => {
    if (client.session.status === 'signed-out' && isVisible()) await guard.attempt(() => begin('policy'));
  };
  const initial = client.session;
  client.subscribe((session) => {
    if (session.status === 'signed-in') guard.answer();
    // Do not wait because of an attempt before this page.
    else if (session !== initial && session.reason === 'signed-out') guard.hold();
    if (policy === 'auto') void signIn();
  });
  if (policy === 'auto') return onVisible(() => void signIn());
  onUnauthorized(async (url) => {
    // Any server may answer 401; only the worker knows which requests should carry the token.
    const { reason } = await client.explain(url);
    if (/^(signed_out|other_method)$/.test(reason)) await signIn();
  });
}
