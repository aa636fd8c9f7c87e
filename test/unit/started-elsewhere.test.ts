import { describe, expect, test } from 'vitest';
import { APP_ORIGIN, ISSUER } from '../support/scripted-server.ts';
import { LOGIN, startWorkerEndpoints } from '../support/worker-endpoints.ts';

type Query = Readonly<Record<string, string>>;

/** A relying party that trusts what the other site says, as the specification warns against. */
function naiveAnswer(query: Query): { readonly server: string; readonly target: string } {
  const { iss = '', target_link_uri: target = '/' } = query;
  return { server: `${iss}/authorize`, target: new URL(target, APP_ORIGIN).href };
}

/** Starts a sign-in from another site, and returns the address to which the worker leads the browser. */
async function start(query: Query, more = '') {
  const parts = await startWorkerEndpoints();
  return { ...parts, url: await parts.navigate(`${LOGIN}?${new URLSearchParams(query)}${more}`) };
}

describe('a sign-in that another site has started (OpenID Connect Core 1.0, section 4)', () => {
  test('goes to the configured server with the hint, and then to the target', async () => {
    const { url, answer, session } = await start({
      iss: ISSUER,
      login_hint: 'ada@example.org',
      target_link_uri: `${APP_ORIGIN}/notes?tab=2#top`,
    });

    expect(url.href).toContain(`${ISSUER}/authorize?`);
    expect(url.searchParams.get('login_hint')).toBe('ada@example.org');
    expect((await answer(url, { sub: 'ada' })).href).toBe(`${APP_ORIGIN}/notes?tab=2#top`);
    expect(await session.view()).toMatchObject({ status: 'signed-in', claims: { sub: 'ada' } });
  });

  test('goes to the start of the app without a target', async () => {
    const { url, answer } = await start({ iss: `${ISSUER}/` });

    expect((await answer(url, { sub: 'ada' })).pathname).toBe('/');
  });

  test.for<[what: string, iss: string]>([
    ['another server', 'https://evil.example'],
    ['a host that begins with the configured one', `${ISSUER}.evil.example`],
    ['the configured host as user information', 'https://as.example@evil.example'],
    ['a path of the configured server', `${ISSUER}/other-tenant`],
    ['a query', `${ISSUER}?x`],
    ['http', ISSUER.replace('https', 'http')],
    ['nothing', ''],
    ['no URL', 'as.example'],
  ])('is refused for another issuer: %s', async ([, iss]) => {
    const { url, session, server } = await start({ iss, target_link_uri: `${APP_ORIGIN}/notes` });

    expect(url.href).toBe(`${APP_ORIGIN}/#`);
    expect(server.requests).toEqual([]);
    const view = await session.view();
    expect(view).toMatchObject({ status: 'signed-out', lastError: { code: 'request_invalid' } });
    expect(view.lastError?.message).not.toContain('evil');
    expect(naiveAnswer({ iss }).server).toBe(`${iss}/authorize`);
  });

  test('is refused if it names two issuers: the first is not the last to every parser', async () => {
    const { url } = await start({ iss: ISSUER }, `&iss=${encodeURIComponent('https://evil.example')}`);

    expect(url.href).toBe(`${APP_ORIGIN}/#`);
  });

  test.for<[what: string, target: string]>([
    ['another origin', 'https://evil.example/app'],
    ['another origin without a scheme', '//evil.example/app'],
    ['backslashes', '/\\evil.example/app'],
    ['two slashes in a path', `${APP_ORIGIN}//evil.example/app`],
    ['dots before two slashes', '/.//evil.example/app'],
    ['the app as user information', `${APP_ORIGIN}@evil.example/app`],
    ['script', 'javascript:alert(1)'],
    ['a document of its own', 'data:text/html,<script>alert(1)</script>'],
    ['a blob of the origin', `blob:${APP_ORIGIN}/0f2f`],
    ['the sign-in again, which would never end', `${APP_ORIGIN}/auth/login?iss=${ISSUER}`],
    ['the sign-in again, encoded', `${APP_ORIGIN}/auth/./login?prompt=none`],
  ])('never leaves the origin, or begins again: %s', async ([, target]) => {
    const { url, answer } = await start({ iss: ISSUER, target_link_uri: target });

    const next = await answer(url, { sub: 'ada' });

    expect(next.origin).toBe(APP_ORIGIN);
    expect(next.pathname).not.toContain('/auth/');
    expect(next.pathname.startsWith('//')).toBe(false);
    if (target.includes('evil') && !target.startsWith(`${APP_ORIGIN}/`) && !target.startsWith('/.'))
      expect(naiveAnswer({ target_link_uri: target }).target).toContain('evil.example');
  });

  test('chooses nothing else: other parameters are ignored', async () => {
    const { url, answer } = await start({
      iss: ISSUER,
      prompt: 'none',
      scope: 'openid notes:write',
      organization: 'evil',
      returnTo: '/elsewhere',
      client_id: 'evil',
      redirect_uri: 'https://evil.example',
      session_user: 'grace',
    });

    expect(Object.fromEntries(url.searchParams)).toMatchObject({ client_id: 'spa', scope: 'openid offline_access' });
    for (const name of ['prompt', 'organization', 'session_user']) expect(url.searchParams.has(name)).toBe(false);
    expect(url.href).not.toContain('evil');
    expect((await answer(url, { sub: 'ada' })).pathname).toBe('/');
  });

  test('keeps the session that is there if it fails, and its scopes if it succeeds', async () => {
    const { signIn, navigate, answer, session } = await startWorkerEndpoints();
    await signIn({ scope: 'openid notes:write' });

    await navigate(`${LOGIN}?iss=https://evil.example`);
    expect(await session.view()).toMatchObject({ status: 'signed-in', claims: { sub: 'ada' } });
    const url = await navigate(`${LOGIN}?iss=${ISSUER}`);
    await answer(url, { error: 'access_denied' });
    expect(await session.view()).toMatchObject({ status: 'signed-in', claims: { sub: 'ada' } });
    expect(url.searchParams.get('scope')).toContain('notes:write');
  });

  test('does not get around the prompt after a local sign-out', async () => {
    const { signIn, navigate, session } = await startWorkerEndpoints({
      endSession: 'local',
      promptAfterLocalSignOut: 'login',
    });
    await signIn({});
    await session.signOut();

    expect((await navigate(`${LOGIN}?iss=${ISSUER}&login_hint=ada`)).searchParams.get('prompt')).toBe('login');
  });
});
