import { describe, expect, test } from 'vitest';
import { TokenwardError } from '../../src/protocol/error.ts';
import { parseRenewalHint } from '../../sw/oauth/renewal-request.ts';
import { APP_ORIGIN } from '../support/scripted-server.ts';
import { LOGIN, startWorkerEndpoints } from '../support/worker-endpoints.ts';

describe('the silent renewal of a lost session', () => {
  test('asks for the same user, with the parameters and all scopes of the sign-in', async () => {
    const { signIn, lose, renew } = await startWorkerEndpoints();
    await signIn({ organization: 'acme', acr_values: 'urn:mfa', scope: 'openid notes:write' });
    await lose();

    const { searchParams } = await renew();

    expect(Object.fromEntries(searchParams)).toMatchObject({
      prompt: 'none',
      organization: 'acme',
      acr_values: 'urn:mfa',
      scope: 'openid offline_access notes:write',
      id_token_hint: expect.stringMatching(/^ey/),
    });
    expect(searchParams.has('session_user')).toBe(false);
  });

  test('remembers them again: a session that is lost twice is renewed twice', async () => {
    const { signIn, lose, renew, answer } = await startWorkerEndpoints();
    await signIn({ organization: 'acme', scope: 'openid notes:write' });
    await lose();
    await answer(await renew(), { sub: 'ada' });
    await lose();

    const { searchParams } = await renew();

    expect(Object.fromEntries(searchParams)).toMatchObject({
      organization: 'acme',
      scope: 'openid offline_access notes:write',
    });
  });

  test.for<[what: string, chosen: Readonly<Record<string, string>>, kept: readonly string[]]>([
    ['an organization', { organization: 'acme', acr_values: 'urn:mfa' }, ['acr_values']],
    ['the context of the authentication', { organization: 'acme', acr_values: 'urn:weak' }, ['organization']],
    ['all', { organization: 'acme', acr_values: 'urn:weak', scope: 'openid notes:write' }, []],
    ['claims', { claims: '{"id_token":{"acr":{"value":"weak"}}}', acr_values: 'urn:mfa' }, ['acr_values']],
  ])('does not repeat %s that only an earlier configuration allowed', async ([, chosen, kept]) => {
    const earlier = await startWorkerEndpoints({ parametersFromPage: ['organization', 'acr_values', 'claims'] });
    await earlier.signIn(chosen);
    await earlier.lose();
    const scopesFromPage: string[] = [];
    const now = await startWorkerEndpoints({ parametersFromPage: kept, scopesFromPage }, earlier.vault);

    const { searchParams } = await now.renew();
    const repeated = ['organization', 'acr_values', 'claims'].filter((name) => searchParams.has(name));
    expect(repeated).toEqual(kept);
    expect(searchParams.get('scope')).toBe('openid offline_access');
    expect(searchParams.has('id_token_hint')).toBe(true);
  });

  test('repeats the claims of a challenge if a resource may still ask for claims', async () => {
    const protectedResources = [{ url: '/api', claimsFromChallenge: { id_token: ['acr'] } }];
    const { signIn, lose, renew, claimsProofs } = await startWorkerEndpoints({ protectedResources });
    const claims = JSON.stringify({ id_token: { acr: null } });
    await signIn({ claims, claims_proof: await claimsProofs.prove(claims) });
    await lose();

    expect((await renew()).searchParams.get('claims')).toBe(claims);
  });

  test.for<[what: string, query: Readonly<Record<string, string>>, absent: string]>([
    ['a prompt', { prompt: 'login' }, 'login'],
    ['a limit of age', { max_age: '60' }, 'max_age'],
    ['an invitation, which is used up', { invitation: 'ticket-1' }, 'invitation'],
    ['a hint about an account that the user did not choose', { login_hint: 'grace@example.org' }, 'login_hint'],
  ])('does not repeat %s', async ([, query, absent]) => {
    const { signIn, lose, renew } = await startWorkerEndpoints();
    await signIn(query, { sub: 'ada', claims: { auth_time: Math.floor(Date.now() / 1000) } });
    await lose();

    expect(String(await renew())).not.toContain(absent);
  });

  test.for<[what: string, claims: Readonly<Record<string, unknown>>]>([
    ['a claim of the user says the same', { email: 'ada@example.org' }],
    ['the server has made a hint of its own', { login_hint: 'ada@example.org' }],
  ])('repeats a login hint if %s', async ([, claims]) => {
    const { signIn, lose, renew } = await startWorkerEndpoints();
    await signIn({ login_hint: 'ada@example.org' }, { sub: 'ada', claims });
    await lose();

    expect((await renew()).searchParams.get('login_hint')).toBe('ada@example.org');
  });

  test('leaves out a hint with which the address would be too long', async () => {
    const { signIn, lose, renew } = await startWorkerEndpoints();
    await signIn(
      {},
      { sub: 'ada', claims: { groups: Array.from({ length: 400 }, (_, index) => `group-${index}-of-many`) } },
    );
    await lose();

    const url = await renew();

    expect(url.searchParams.has('id_token_hint')).toBe(false);
    expect(url.href.length).toBeLessThan(8000);
  });

  test.for(['invalid_request', 'invalid_scope', 'consent_required'])(
    'asks once more without hint and further scopes where the server refuses them: %s',
    async (error) => {
      const { signIn, lose, renew, answer, navigate, session } = await startWorkerEndpoints();
      await signIn({ organization: 'acme', scope: 'openid notes:write' });
      await lose();

      const plain = await navigate((await answer(await renew(), { error })).href);

      expect(Object.fromEntries(plain.searchParams)).toMatchObject({
        prompt: 'none',
        organization: 'acme',
        scope: 'openid offline_access',
      });
      expect(plain.searchParams.has('id_token_hint')).toBe(false);
      expect((await answer(plain, { error })).pathname).toBe('/notes');
      expect(await session.view()).toMatchObject({ reason: 'refused', lastError: { serverCode: error } });
    },
  );
});

describe('a silent sign-in that ends with another user', () => {
  test('ends a lost session with a reason of its own, and revokes the tokens', async () => {
    const { signIn, lose, renew, answer, session, revoke } = await startWorkerEndpoints();
    await signIn({});
    await lose();

    const next = await answer(await renew(), { sub: 'grace' });

    expect(next.pathname).toBe('/notes');
    expect(await session.view()).toMatchObject({
      status: 'signed-out',
      reason: 'other-user',
      lastError: { code: 'user_changed' },
    });
    expect(revoke.mock.calls.map(([{ accessTokens }]) => accessTokens['']?.accessToken.reveal())).toEqual(['of-grace']);
  });

  test('does not change a session that is there: any page can begin such a sign-in', async () => {
    const { signIn, renew, answer, session } = await startWorkerEndpoints();
    await signIn({});

    await answer(await renew(), { sub: 'grace' });

    expect(await session.view()).toMatchObject({
      status: 'signed-in',
      claims: { sub: 'ada' },
      lastError: { code: 'user_changed' },
    });
  });

  test('is the app’s to decide: a sign-in that is not silent changes the user, and so does a further silent one', async () => {
    for (const query of ['returnTo=/', 'returnTo=/&prompt=none']) {
      const { signIn, lose, renew, answer, navigate, session } = await startWorkerEndpoints();
      await signIn({});
      await lose();
      await answer(await renew(), { sub: 'grace' });

      await answer(await navigate(`${LOGIN}?${query}`), { sub: 'grace' });

      expect(await session.view()).toMatchObject({ status: 'signed-in', claims: { sub: 'grace' } });
    }
  });

  test('is found out by what the page remembers, where the worker has lost its memory', async () => {
    const { signIn, session, configuration } = await startWorkerEndpoints();
    await signIn({ organization: 'acme', scope: 'openid notes:write' });
    const view = await session.view();
    const hint = view.status === 'signed-in' ? (view.renewalHint ?? '') : '';
    const restarted = await startWorkerEndpoints();

    const url = await restarted.renew(Object.fromEntries(parseRenewalHint(hint, configuration)));
    await restarted.answer(url, { sub: 'grace' });

    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      organization: 'acme',
      scope: 'openid offline_access notes:write',
    });
    expect(await restarted.session.view()).toMatchObject({ reason: 'other-user', lastError: { code: 'user_changed' } });
  });

  test('is found out by the worker, whatever a page or a link says that the user is', async () => {
    const { signIn, lose, renew, answer, session } = await startWorkerEndpoints();
    await signIn({});
    await lose();

    await answer(await renew({ session_user: 'grace' }), { sub: 'grace' });

    expect(await session.view()).toMatchObject({ reason: 'other-user' });
  });

  test('does not undo a sign-in of another user that has come in between', async () => {
    const { signIn, lose, renew, answer, session, revoke } = await startWorkerEndpoints();
    await signIn({});
    await lose();
    const silent = await renew();
    await signIn({}, { sub: 'grace' });

    await answer(silent, { sub: 'ada' });

    expect(await session.view()).toMatchObject({ status: 'signed-in', claims: { sub: 'grace' } });
    expect(revoke.mock.calls.map(([{ accessTokens }]) => accessTokens['']?.accessToken.reveal())).toEqual(['of-ada']);
  });
});

describe('what a page remembers of a session', () => {
  test('is no token, and nothing that a page may not choose by the configuration', async () => {
    const { signIn, session, configuration } = await startWorkerEndpoints();
    await signIn({ organization: 'acme' });
    const view = await session.view();

    const hint = view.status === 'signed-in' ? (view.renewalHint ?? '') : '';

    expect(Object.fromEntries(new URLSearchParams(hint))).toEqual({
      organization: 'acme',
      session_scope: 'openid offline_access',
      session_user: 'ada',
    });
    const written =
      'organization=evil&redirect_uri=https://evil.example&prompt=login&client_id=x&returnTo=/x&scope=admin';
    expect(String(parseRenewalHint(written, configuration))).toBe('organization=evil');
    expect(String(parseRenewalHint('organization='.padEnd(20_000, 'x'), configuration))).toBe('');
  });

  test('adds no scope that the configuration does not allow', async () => {
    const { renew } = await startWorkerEndpoints();

    const { searchParams } = await renew({ session_user: 'ada', session_scope: 'admin notes:write' });

    expect(searchParams.get('scope')).toBe('openid offline_access notes:write');
  });
});

describe('a sign-in after a sign-out that ended only the session of the app', () => {
  const LOCAL = { endSession: 'local', promptAfterLocalSignOut: 'login' } as const;

  test.for<[what: string, query: string]>([
    ['of the user', 'returnTo=/notes'],
    ['by a link that chooses another prompt', 'returnTo=/notes&prompt=consent'],
  ])('asks for the password: %s', async ([, query]) => {
    const { signIn, session, navigate } = await startWorkerEndpoints(LOCAL);
    await signIn({});
    await session.signOut();

    expect((await navigate(`${LOGIN}?${query}`)).searchParams.get('prompt')).toBe('login');
  });

  test('is refused if it is silent, whichever site has started it', async () => {
    const { signIn, session, renew } = await startWorkerEndpoints(LOCAL);
    await signIn({});
    await session.signOut();

    expect((await renew({ session_user: 'ada' })).origin).toBe(APP_ORIGIN);
    expect(await session.view()).toMatchObject({
      reason: 'signed-out',
      lastError: { code: 'authorization_refused', serverCode: 'login_required' },
    });
  });

  test('asks no more once a user has signed in', async () => {
    const { signIn, session, navigate, lose } = await startWorkerEndpoints(LOCAL);
    await signIn({});
    await session.signOut();
    await signIn({});
    await lose();

    expect((await navigate(`${LOGIN}?returnTo=/notes`)).searchParams.has('prompt')).toBe(false);
  });
});

describe('a sign-out of a lost session', () => {
  test('still has the ID token to end the session at the server', async () => {
    const { signIn, lose, session } = await startWorkerEndpoints();
    await signIn({});
    await lose();

    await session.signOut();

    expect((await session.takeIdTokenHint())?.reveal()).toMatch(/^ey/);
    expect(await session.remembered()).toBeUndefined();
  });

  test('leaves no hint after an alarm', async () => {
    const { signIn, session } = await startWorkerEndpoints();
    await signIn({});

    await session.end(new TokenwardError('worker_unregistered', ''), 'wipe');

    expect(await session.remembered()).toMatchObject({ sub: 'ada', idToken: undefined });
  });
});
