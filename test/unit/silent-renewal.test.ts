import { describe, expect, test, vi } from 'vitest';
import type { TokenwardOptions } from '../../src/configuration/configuration.ts';
import { TokenwardError } from '../../src/protocol/error.ts';
import type { Session } from '../../src/protocol/session.ts';
import { AuthorizationFlow } from '../../sw/navigation/authorization-flow.ts';
import { endpointFinder } from '../../sw/navigation/endpoints.ts';
import { prepareAuthorization } from '../../sw/oauth/authorization-request.ts';
import { exchangeAuthorizationCode } from '../../sw/oauth/authorization-response.ts';
import { promptAfterSignOut } from '../../sw/oauth/end-session.ts';
import { createPendingAuthorizations } from '../../sw/oauth/pending-authorization.ts';
import { parseRenewalHint } from '../../sw/oauth/renewal-request.ts';
import type { RevocableTokens } from '../../sw/session/open-revocation.ts';
import { TokenSession } from '../../sw/session/token-session.ts';
import { createMemoryVault } from '../../sw/vault/memory-vault.ts';
import type { Vault } from '../../sw/vault/vault.ts';
import { APP_ORIGIN, clientOf, createScriptedServer, ISSUER, tokenResponse } from '../support/scripted-server.ts';

const OPTIONS: Partial<TokenwardOptions> = {
  scopes: ['openid', 'offline_access'],
  scopesFromPage: ['notes:write', 'profile'],
  parametersFromPage: ['organization', 'login_hint', 'prompt', 'acr_values', 'invitation'],
};
const LOGIN = `${APP_ORIGIN}/auth/login`;

/** An answer of the authorization server to a sign-in. */
type Answer =
  | { readonly sub: string; readonly claims?: Readonly<Record<string, unknown>> }
  | { readonly error: string };

/** The worker's endpoints, in front of a server that knows users, and refuses refresh tokens. */
async function setUp(options: Partial<TokenwardOptions> = {}, vault: Vault = createMemoryVault()) {
  const server = await createScriptedServer();
  const context = clientOf(server, { ...OPTIONS, ...options });
  const { configuration } = context;
  const announced: Session[] = [];
  const revoke = vi.fn(async (_tokens: RevocableTokens): Promise<boolean> => true);
  const session = new TokenSession({
    vault,
    refresh: () => Promise.reject(new TokenwardError('token_request_refused', '', { serverCode: 'invalid_grant' })),
    revoke,
    tellVersions: () => {},
    schedule: () => {},
    announce: (view) => announced.push(view),
    isOnline: () => true,
    now: () => Date.now(),
    refreshBeforeExpiryMs: 10_000,
    isServerReachable: async () => true,
    leaseMs: 20_000,
  });
  const flow = new AuthorizationFlow({
    session,
    pendings: createPendingAuthorizations(vault, () => Date.now()),
    delivery: configuration.responseDelivery,
    base: configuration.base,
    prepare: (request) => prepareAuthorization(context, request),
    exchange: (parameters, pending) => exchangeAuthorizationCode(context, parameters, pending),
    login: configuration.endpoints.login,
    allowed: configuration,
    tellForeign: () => {},
  });
  const find = endpointFinder({
    configuration,
    warn: () => {},
    origin: APP_ORIGIN,
    emptyFragment: 'kept',
    session,
    flow,
    endSession: async () => undefined,
    promptAfterSignOut: () => promptAfterSignOut(context),
  });
  /** Returns the address to which the worker leads a navigation. */
  const navigate = async (url: string): Promise<URL> => {
    const request = Object.defineProperties(new Request(url), {
      mode: { value: 'navigate' },
      destination: { value: 'document' },
    });
    return new URL((await find(new URL(url), request)?.(''))?.headers.get('location') ?? '');
  };
  /** Returns the address to which the worker leads the server's answer to a request. */
  const answer = async ({ searchParams }: URL, given: Answer): Promise<URL> => {
    const nonce = searchParams.get('nonce');
    const state = searchParams.get('state') ?? '';
    if ('error' in given)
      return navigate(`${APP_ORIGIN}/auth/callback?${new URLSearchParams({ ...given, state, iss: ISSUER })}`);
    const claims = { sub: given.sub, nonce, ...given.claims };
    server.answer('/token', async () =>
      tokenResponse({
        access_token: `of ${given.sub}`.replace(' ', '-'),
        refresh_token: 'r',
        id_token: await server.idToken({ claims }),
      }),
    );
    return navigate(`${APP_ORIGIN}/auth/callback?${new URLSearchParams({ code: 'x', state, iss: ISSUER })}`);
  };
  /** Signs a user in, by a link with these parameters. */
  const signIn = async (query: Readonly<Record<string, string>>, given: Answer = { sub: 'ada' }): Promise<void> => {
    await answer(await navigate(`${LOGIN}?${new URLSearchParams(query)}`), given);
  };
  /** Loses the session: the server refuses its refresh token. */
  const lose = async (): Promise<void> => {
    const token = await session.fresh({ scopes: [] });
    if (token) await session.freshAfter(token);
    expect(await session.view()).toMatchObject({ status: 'signed-out', reason: 'lost' });
  };
  /** Begins a silent renewal, as the page does. */
  const renew = (query: Readonly<Record<string, string>> = {}): Promise<URL> =>
    navigate(`${LOGIN}?${new URLSearchParams({ prompt: 'none', returnTo: '/notes', ...query })}`);
  return { server, session, configuration, navigate, answer, signIn, lose, renew, revoke, announced, vault };
}

describe('the silent renewal of a lost session', () => {
  test('asks for the same user, with the parameters and all scopes of the sign-in', async () => {
    const { signIn, lose, renew } = await setUp();
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
    const { signIn, lose, renew, answer } = await setUp();
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

  test.for<[what: string, query: Readonly<Record<string, string>>, absent: string]>([
    ['a prompt', { prompt: 'login' }, 'login'],
    ['a limit of age', { max_age: '60' }, 'max_age'],
    ['an invitation, which is used up', { invitation: 'ticket-1' }, 'invitation'],
    ['a hint about an account that the user did not choose', { login_hint: 'grace@example.org' }, 'login_hint'],
  ])('does not repeat %s', async ([, query, absent]) => {
    const { signIn, lose, renew } = await setUp();
    await signIn(query, { sub: 'ada', claims: { auth_time: Math.floor(Date.now() / 1000) } });
    await lose();

    expect(String(await renew())).not.toContain(absent);
  });

  test.for<[what: string, claims: Readonly<Record<string, unknown>>]>([
    ['a claim of the user says the same', { email: 'ada@example.org' }],
    ['the server has made a hint of its own', { login_hint: 'ada@example.org' }],
  ])('repeats a login hint if %s', async ([, claims]) => {
    const { signIn, lose, renew } = await setUp();
    await signIn({ login_hint: 'ada@example.org' }, { sub: 'ada', claims });
    await lose();

    expect((await renew()).searchParams.get('login_hint')).toBe('ada@example.org');
  });

  test('leaves out a hint with which the address would be too long', async () => {
    const { signIn, lose, renew } = await setUp();
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
      const { signIn, lose, renew, answer, navigate, session } = await setUp();
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
    const { signIn, lose, renew, answer, session, revoke } = await setUp();
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
    const { signIn, renew, answer, session } = await setUp();
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
      const { signIn, lose, renew, answer, navigate, session } = await setUp();
      await signIn({});
      await lose();
      await answer(await renew(), { sub: 'grace' });

      await answer(await navigate(`${LOGIN}?${query}`), { sub: 'grace' });

      expect(await session.view()).toMatchObject({ status: 'signed-in', claims: { sub: 'grace' } });
    }
  });

  test('is found out by what the page remembers, where the worker has lost its memory', async () => {
    const { signIn, session, configuration } = await setUp();
    await signIn({ organization: 'acme', scope: 'openid notes:write' });
    const view = await session.view();
    const hint = view.status === 'signed-in' ? (view.renewalHint ?? '') : '';
    const restarted = await setUp();

    const url = await restarted.renew(Object.fromEntries(parseRenewalHint(hint, configuration)));
    await restarted.answer(url, { sub: 'grace' });

    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      organization: 'acme',
      scope: 'openid offline_access notes:write',
    });
    expect(await restarted.session.view()).toMatchObject({ reason: 'other-user', lastError: { code: 'user_changed' } });
  });

  test('is found out by the worker, whatever a page or a link says that the user is', async () => {
    const { signIn, lose, renew, answer, session } = await setUp();
    await signIn({});
    await lose();

    await answer(await renew({ session_user: 'grace' }), { sub: 'grace' });

    expect(await session.view()).toMatchObject({ reason: 'other-user' });
  });

  test('does not undo a sign-in of another user that has come in between', async () => {
    const { signIn, lose, renew, answer, session, revoke } = await setUp();
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
    const { signIn, session, configuration } = await setUp();
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
    const { renew } = await setUp();

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
    const { signIn, session, navigate } = await setUp(LOCAL);
    await signIn({});
    await session.signOut();

    expect((await navigate(`${LOGIN}?${query}`)).searchParams.get('prompt')).toBe('login');
  });

  test('is refused if it is silent, whichever site has started it', async () => {
    const { signIn, session, renew } = await setUp(LOCAL);
    await signIn({});
    await session.signOut();

    expect((await renew({ session_user: 'ada' })).origin).toBe(APP_ORIGIN);
    expect(await session.view()).toMatchObject({
      reason: 'signed-out',
      lastError: { code: 'authorization_refused', serverCode: 'login_required' },
    });
  });

  test('asks no more once a user has signed in', async () => {
    const { signIn, session, navigate, lose } = await setUp(LOCAL);
    await signIn({});
    await session.signOut();
    await signIn({});
    await lose();

    expect((await navigate(`${LOGIN}?returnTo=/notes`)).searchParams.has('prompt')).toBe(false);
  });
});

describe('a sign-out of a lost session', () => {
  test('still has the ID token to end the session at the server', async () => {
    const { signIn, lose, session } = await setUp();
    await signIn({});
    await lose();

    await session.signOut();

    expect((await session.takeIdTokenHint())?.reveal()).toMatch(/^ey/);
    expect(await session.remembered()).toBeUndefined();
  });

  test('leaves no hint after an alarm', async () => {
    const { signIn, session } = await setUp();
    await signIn({});

    await session.end(new TokenwardError('worker_unregistered', ''), 'wipe');

    expect(await session.remembered()).toMatchObject({ sub: 'ada', idToken: undefined });
  });
});
