import { createHash, randomBytes } from 'node:crypto';
import { GRACE } from '../servers/users.ts';
import type { Scene } from './scene.ts';

/** What of the authorization request the attacker chooses. */
interface AttackerRequest {
  /** The challenge of somebody else's request, if one was seen. */
  readonly code_challenge: string | undefined;
  readonly redirect_uri: string;
}

/**
 * Signs the attacker in at the authorization server, with their own account and their own browser, and stops before the
 * redirect URI.
 *
 * @returns the code that would go there
 */
export async function signInAsAttacker(scene: Scene, request: AttackerRequest): Promise<string> {
  const { origin, clientId } = scene.servers.authorizationServer;
  const cookies = new Map<string, string>();
  const send = async (url: string, form?: Readonly<Record<string, string>>): Promise<string> => {
    const response = await fetch(new URL(url, origin), {
      redirect: 'manual',
      headers: { cookie: [...cookies].map((cookie) => cookie.join('=')).join('; ') },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    return response.headers.get('location') ?? '';
  };
  const challenge = createHash('sha256').update(randomBytes(32)).digest('base64url');
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: request.redirect_uri,
    response_type: 'code',
    scope: 'openid offline_access',
    prompt: 'login consent',
    state: 'attacker',
    code_challenge: request.code_challenge ?? challenge,
    code_challenge_method: 'S256',
  });
  let next = await send(`/auth?${query}`);
  for (let step = 0; step < 8 && !next.startsWith(request.redirect_uri); step += 1) {
    const { pathname } = new URL(next, origin);
    const isPage = pathname.startsWith('/interaction/');
    const form = { username: GRACE.username, password: GRACE.password, action: step < 2 ? 'sign-in' : 'allow' };
    next = await send(next, isPage ? form : undefined);
  }
  const code = new URL(next).searchParams.get('code') ?? '';
  scene.own(code);
  return code;
}
