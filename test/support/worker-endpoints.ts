import { expect, vi } from 'vitest';
import type { TokenwardOptions } from '../../src/configuration/configuration.ts';
import { TokenwardError } from '../../src/protocol/error.ts';
import type { PopupEnd } from '../../src/protocol/popup.ts';
import type { Session } from '../../src/protocol/session.ts';
import { AuthorizationFlow } from '../../sw/navigation/authorization-flow.ts';
import { endpointFinder } from '../../sw/navigation/endpoints.ts';
import { PopupEnds } from '../../sw/navigation/popup-ends.ts';
import { prepareAuthorization } from '../../sw/oauth/authorization-request.ts';
import { exchangeAuthorizationCode } from '../../sw/oauth/authorization-response.ts';
import { ClaimsProofs } from '../../sw/oauth/claims-proof.ts';
import type { OAuthContext } from '../../sw/oauth/context.ts';
import { promptAfterSignOut } from '../../sw/oauth/end-session.ts';
import { createPendingAuthorizations } from '../../sw/oauth/pending-authorization.ts';
import type { RevocableTokens } from '../../sw/session/open-revocation.ts';
import { TokenSession } from '../../sw/session/token-session.ts';
import { createMemoryVault } from '../../sw/vault/memory-vault.ts';
import { createTagger } from '../../sw/vault/tagger.ts';
import type { Vault } from '../../sw/vault/vault.ts';
import { APP_ORIGIN, clientOf, createScriptedServer, ISSUER, tokenResponse } from './scripted-server.ts';

/** Values that a page may choose. */
const OPTIONS: Partial<TokenwardOptions> = {
  scopes: ['openid', 'offline_access'],
  scopesFromPage: ['notes:write', 'profile'],
  parametersFromPage: ['organization', 'login_hint', 'prompt', 'acr_values', 'invitation'],
};
/** Address that begins a sign-in. */
export const LOGIN = `${APP_ORIGIN}/auth/login`;

/** An answer of the authorization server to a sign-in. */
type Answer =
  | { readonly sub: string; readonly claims?: Readonly<Record<string, unknown>> }
  | { readonly error: string };

/** The worker's endpoints, in front of a server that knows users, and refuses refresh tokens. */
export async function startWorkerEndpoints(
  options: Partial<TokenwardOptions> = {},
  vault: Vault = createMemoryVault(),
) {
  const server = await createScriptedServer();
  const context: OAuthContext = {
    ...clientOf(server, { ...OPTIONS, ...options }),
    discard: (tokens) => void session.discardRefused(tokens),
  };
  const { configuration } = context;
  const announced: Session[] = [];
  const popupEnds: PopupEnd[] = [];
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
    popups: new PopupEnds({ view: () => session.view(), tell: async (end) => void popupEnds.push(end) }),
    delivery: configuration.responseDelivery,
    base: configuration.base,
    prepare: (request) => prepareAuthorization(context, request),
    exchange: (parameters, pending) => exchangeAuthorizationCode(context, parameters, pending),
    login: configuration.endpoints.login,
    allowed: configuration,
    tellForeign: () => {},
  });
  const claimsProofs = new ClaimsProofs({
    tag: createTagger(() => vault),
    protectedResources: configuration.protectedResources,
    now: () => Date.now(),
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
    verifyClaims: (query) => claimsProofs.verify(query),
  });
  /** Returns the worker's answer to a navigation. */
  const visit = async (url: string, destination = 'document'): Promise<Response | undefined> => {
    const request = Object.defineProperties(new Request(url), {
      mode: { value: 'navigate' },
      destination: { value: destination },
    });
    return find(new URL(url), request)?.('');
  };
  /** Returns the address to which the worker leads a navigation. */
  const navigate = async (url: string): Promise<URL> => new URL((await visit(url))?.headers.get('location') ?? '');
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
  return {
    claimsProofs,
    server,
    session,
    flow,
    configuration,
    visit,
    navigate,
    answer,
    signIn,
    lose,
    renew,
    revoke,
    announced,
    popupEnds,
    vault,
  };
}
