import '../../servers/quiet-oidc-provider.ts';
import { text as readText } from 'node:stream/consumers';
import { type AdapterPayload, type Configuration, interactionPolicy, Provider } from 'oidc-provider';
import { configureProvider, DEFAULT_SETTINGS } from '../../servers/authorization-server-configuration.ts';
import { answerInteraction, type Context } from '../../servers/interactions.ts';
import type { RequestListener } from '../../servers/listener.ts';
import { MemoryStore } from '../../servers/memory-adapter.ts';
import { ADA } from '../../servers/users.ts';
import {
  bendAuthorizationResponse,
  bendTokenAnswer,
  publishMetadata,
  showPageToSilentRequest,
} from './fake-answers.ts';
import type { FakeEndpoint, Members, Quirks } from './quirks.ts';

/** Client of a fake server. */
export interface FakeClient {
  readonly id: string;
  /** Secret that the server knows; a browser has none. */
  readonly secret: string;
  readonly redirectUri: string;
  /** Page that a sign-out may return to. */
  readonly signedOutUri: string;
  readonly scopes: readonly string[];
  /** Resource of the access tokens (RFC 8707). */
  readonly audience: string;
}

/** Request as the fake server got it. */
interface FakeRequest {
  readonly endpoint: FakeEndpoint | undefined;
  readonly parameters: URLSearchParams;
}

/** Server with the endpoints, metadata and answers of a provider. */
export interface FakeServer {
  readonly listener: RequestListener;
  /** Returns the parameters of the authorization requests, pushed ones too, oldest first. */
  authorizations(): readonly URLSearchParams[];
  /** Returns how many requests have used a refresh token. */
  refreshes(): number;
  /** Gives ID tokens these claims instead of their own, with a good signature; `undefined` ends that. */
  forge(claims: Members | undefined): void;
  /** Forgets all refresh tokens: the next refresh is refused. */
  revokeRefreshTokens(): void;
  /** Returns how many requests were to revoke a token. */
  revocations(): number;
  /** Forgets who is signed in at the server. */
  endUserSessions(): void;
}

/** Client that the API of the run is when it asks about an access token. */
export const API_CLIENT_ID = 'api-of-the-run';

/** Paths for the API of the run, which is no browser; no configuration names them. */
export const API_PATHS = { keys: '/for-the-api/keys', introspection: '/for-the-api/introspection' } as const;

/** Creates a fake server: oidc-provider, whose answers are changed as the quirks of a provider say. */
export function createFakeServer(quirks: Quirks, client: FakeClient): FakeServer {
  const store = new MemoryStore();
  const requests: FakeRequest[] = [];
  const endpoints = endpointsByPath(quirks);
  let asked = new URLSearchParams();
  let forged: Members | undefined;
  const provider = new Provider(
    quirks.issuer,
    configure(quirks, client, store, () => asked),
  );
  provider.silent = true;
  provider.on('server_error', (_context, error) => console.error(error));

  const answer = async (
    context: Context,
    { endpoint, form }: { readonly endpoint: FakeEndpoint | undefined; readonly form: URLSearchParams },
    next: () => Promise<unknown>,
  ): Promise<void> => {
    if (endpoint === 'metadata') return publishMetadata(context, quirks);
    if (endpoint === 'keys') context.path = API_PATHS.keys;
    if (endpoint === 'endSession' && quirks.signOut) return signOut(context, quirks.signOut, client, store);
    if (endpoint === 'user' && quirks.user) {
      const token = await provider.AccessToken.find(context.get('authorization').split(' ')[1] ?? '');
      return tellUser(context, token?.accountId, quirks);
    }
    await next();
    if (endpoint === 'token') await bendTokenAnswer(context, quirks, { grantType: form.get('grant_type'), forged });
  };
  provider.use(async (context, next) => {
    const endpoint = endpoints.get(context.path);
    const form = context.method === 'POST' ? await readText(context.req) : '';
    // oidc-provider takes the body from here when the stream is at its end.
    if (form !== '') Object.assign(context.req, { body: form });
    if (endpoint === 'authorization') {
      const query = new URLSearchParams(context.querystring);
      // What was pushed is known already.
      if (!query.has('request_uri')) asked = query;
      if (quirks.promptNone === 'unknown') showPageToSilentRequest(context);
    }
    await answer(context, { endpoint, form: new URLSearchParams(form) }, next);
    bendAuthorizationResponse(context, client.redirectUri, quirks);
    if (endpoint === 'pushed' && context.status === 201) asked = new URLSearchParams(form);
    if (endpoint && !quirks.readable.includes(endpoint)) context.remove('access-control-allow-origin');
    requests.push({ endpoint, parameters: endpoint === 'authorization' ? asked : new URLSearchParams(form) });
  });
  const formTargets = new Set([client.redirectUri, client.signedOutUri].map((url) => new URL(url).origin));
  provider.use((context, next) => answerInteraction(context, next, { provider, users: [ADA], formTargets }));

  const parametersTo = (endpoint: FakeEndpoint): readonly URLSearchParams[] =>
    requests.filter((request) => request.endpoint === endpoint).map(({ parameters }) => parameters);
  return {
    listener: provider.callback(),
    authorizations: () => parametersTo('authorization'),
    refreshes: () => parametersTo('token').filter((form) => form.get('grant_type') === 'refresh_token').length,
    forge: (claims) => {
      forged = claims;
    },
    revokeRefreshTokens: () => store.clear('RefreshToken'),
    revocations: () => parametersTo('revocation').length,
    endUserSessions: () => store.clear('Session'),
  };
}

function endpointsByPath({ endpoints }: Quirks): ReadonlyMap<string, FakeEndpoint> {
  const names = ['metadata', 'authorization', 'token', 'keys', 'user', 'revocation', 'endSession', 'pushed'] as const;
  return new Map(
    names.flatMap((name) => {
      const url = endpoints[name];
      return url === undefined ? [] : [[new URL(url).pathname, name] as const];
    }),
  );
}

/** Configures oidc-provider: one client, the paths of the provider, its kinds of tokens. */
function configure(
  quirks: Quirks,
  client: FakeClient,
  store: MemoryStore,
  asked: () => URLSearchParams,
): Configuration {
  const { endpoints, refreshTokenFor } = quirks;
  const path = (name: FakeEndpoint): string => new URL(endpoints[name] ?? `https://none.example/none/${name}`).pathname;
  const origins = new Set([new URL(client.redirectUri).origin]);
  const registered: AdapterPayload = {
    client_id: client.id,
    client_secret: client.secret,
    token_endpoint_auth_method: quirks.clientAuthentication,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [client.redirectUri],
    post_logout_redirect_uris: [client.signedOutUri],
  };
  const clients = new Map([
    [client.id, registered],
    [API_CLIENT_ID, { ...registered, client_id: API_CLIENT_ID, token_endpoint_auth_method: 'none' }],
  ]);
  const basis = configureProvider({
    store,
    users: [ADA],
    audiences: [client.audience],
    origins,
    redirectUris: new Set([client.redirectUri]),
    postLogoutRedirectUris: new Set([client.signedOutUri]),
    cookieSuffix: 'fake',
    settings: () => ({
      ...DEFAULT_SETTINGS,
      accessTokenTtlSeconds: 3600,
      rotation: quirks.rotation,
      pushedAuthorizationRequests: endpoints.pushed === undefined ? 'off' : 'allowed',
      dpop: 'off',
      accessTokenFormat: quirks.accessToken,
    }),
  });
  // The API is another client than that of the tokens. (A new object would not have the type of these features.)
  Object.assign(basis.features?.introspection ?? {}, { allowedPolicy: () => true });
  return {
    ...basis,
    adapter: (kind) => {
      const adapter = store.adapterFor(kind);
      return kind === 'Client' ? { ...adapter, find: async (id) => clients.get(id) } : adapter;
    },
    scopes: [...new Set(['openid', 'offline_access', ...client.scopes])],
    extraParams: [...EXTRA_PARAMETERS],
    interactions: { ...basis.interactions, policy: policyOf(quirks) },
    issueRefreshToken: () => {
      if (typeof refreshTokenFor === 'string') return refreshTokenFor === 'always';
      if ('scope' in refreshTokenFor) return (asked().get('scope') ?? '').split(/[ ,]/).includes(refreshTokenFor.scope);
      return asked().get(refreshTokenFor.parameter[0]) === refreshTokenFor.parameter[1];
    },
    routes: {
      authorization: path('authorization'),
      token: path('token'),
      userinfo: path('user'),
      revocation: path('revocation'),
      end_session: path('endSession'),
      pushed_authorization_request: path('pushed'),
      jwks: API_PATHS.keys,
      introspection: API_PATHS.introspection,
    },
  };
}

/** Returns when the server shows a page: it may ask for consent each time, which fails silently with `consent_required`. */
function policyOf({ consent }: Quirks): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  const { Check } = interactionPolicy;
  if (consent === 'always') {
    policy
      .get('consent')
      ?.checks.add(
        new Check('always', 'each sign-in needs consent', 'consent_required', ({ oidc }) =>
          oidc.result?.consent ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT,
        ),
      );
  }
  return policy;
}

/** Parameters of authorization requests that the providers know and the specifications do not. */
const EXTRA_PARAMETERS = ['audience', 'organization', 'access_type', 'connection', 'domain_hint'] as const;

/** Ends the session by an address of the provider's own: only a known client may return to a registered page. */
function signOut(
  context: Context,
  names: NonNullable<Quirks['signOut']>,
  client: FakeClient,
  store: MemoryStore,
): void {
  const isKnown = names.client === undefined || context.query[names.client] === client.id;
  const isRegistered = names.returnTo === undefined || context.query[names.returnTo] === client.signedOutUri;
  if (!isKnown || !isRegistered) return void (context.status = 400);
  store.clear('Session');
  context.redirect(client.signedOutUri);
}

/** Answers who the user of an access token is, at a server without ID tokens. */
function tellUser(context: Context, accountId: string | undefined, { readable, user }: Quirks): void {
  if (readable.includes('user')) {
    context.set({ 'access-control-allow-origin': '*', 'access-control-allow-headers': 'authorization' });
  }
  if (context.method === 'OPTIONS') return void (context.status = 204);
  context.status = accountId === undefined ? 401 : 200;
  context.body = accountId === undefined ? {} : user;
}
