import './quiet-oidc-provider.ts';
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';

import {
  errors,
  type AdapterPayload,
  type Configuration,
  type JWK,
  type KoaContextWithOIDC,
  type Provider,
} from 'oidc-provider';

import { errorPage, signedOutPage, signOutPage } from './login-pages.ts';
import type { MemoryStore } from './memory-adapter.ts';
import type { User } from './users.ts';

/** The `aud` of access tokens for the demo's API, unless a client asks for another `resource`. */
export const API_AUDIENCE = 'urn:tokenward:demo:api';

/** The scopes of the demo's API. */
export const API_SCOPES: readonly string[] = ['notes:read', 'notes:write', 'reports:read'];

/** The client that the demo's app is. */
export const CLIENT_ID = 'spa-demo';

/** A client of the same app that must authenticate itself, for attacks on a relay. */
export const CONFIDENTIAL_CLIENT = {
  clientId: 'spa-demo-confidential',
  clientSecret: 'the-secret-of-the-confidential-client',
} as const;

/** The same client once more, for the hybrid flow. */
export const HYBRID_CLIENT_ID = 'spa-demo-hybrid';

/** What can be changed while the authorization server runs. */
export interface AuthorizationServerSettings {
  /** Lifetime of access tokens, in seconds; 3600 by default, so that none expires in a test that does not say so. */
  readonly accessTokenTtlSeconds: number;
  /** Lifetime of refresh tokens, in seconds; 14 days by default. */
  readonly refreshTokenTtlSeconds: number;
  /** Whether a refresh replaces the refresh token, with reuse detection; `always` by default, with DPoP too. */
  readonly rotation: 'always' | 'never';
  /** Whether there are refresh tokens at all; `issue` by default. */
  readonly refreshTokens: 'issue' | 'withhold';
  /** Whether authorization requests must be pushed (RFC 9126); `allowed` by default. A server that starts `off` stays so. */
  readonly pushedAuthorizationRequests: 'off' | 'allowed' | 'required';
  /** Whether access tokens must be bound to a DPoP key (RFC 9449); `allowed` by default. A server that starts `off` stays so. */
  readonly dpop: 'off' | 'allowed' | 'required';
  /** Whether DPoP proofs must hold a nonce of the server (RFC 9449, section 8); `off` by default. */
  readonly dpopNonce: 'off' | 'required';
  /** Whether access tokens are JWTs (RFC 9068), or `opaque`: then an API has to ask (RFC 7662); `jwt` by default. */
  readonly accessTokenFormat: 'jwt' | 'opaque';
  /** Whether a response may come as a message to the window that asked; `off` by default. A server that starts `off` stays so. */
  readonly webMessages: 'off' | 'allowed';
  /** Whether pages of any origin may read the answers of the authorization endpoint; `refused` by default. */
  readonly authorizationCors: 'refused' | 'allowed';
  /** Whether pages and workers may read the answers of the token, revocation and pushed endpoints; `allowed` by default. */
  readonly endpointCors: 'refused' | 'allowed';
  /** Secret of the client; none by default: it is a public client. */
  readonly clientSecret: string | undefined;
  /** Form in which the client sends its secret; `client_secret_basic` by default. */
  readonly authentication: 'client_secret_basic' | 'client_secret_post';
}

/** What holds unless the caller says otherwise. */
export const DEFAULT_SETTINGS: AuthorizationServerSettings = {
  accessTokenTtlSeconds: 3600,
  refreshTokenTtlSeconds: 14 * 24 * 60 * 60,
  rotation: 'always',
  refreshTokens: 'issue',
  pushedAuthorizationRequests: 'allowed',
  dpop: 'allowed',
  dpopNonce: 'off',
  accessTokenFormat: 'jwt',
  webMessages: 'off',
  authorizationCors: 'refused',
  endpointCors: 'allowed',
  clientSecret: undefined,
  authentication: 'client_secret_basic',
};

/** What the configuration is made from. All of it may change while the server runs. */
export interface ConfigurationSources {
  readonly store: MemoryStore;
  readonly users: readonly User[];
  readonly audiences: readonly string[];
  readonly origins: ReadonlySet<string>;
  readonly redirectUris: ReadonlySet<string>;
  readonly postLogoutRedirectUris: ReadonlySet<string>;
  /** Tells this server's cookies from those of another server on localhost: cookies know no ports. */
  readonly cookieSuffix: string;
  readonly settings: () => AuthorizationServerSettings;
}

/** What ID tokens are signed with, `rsa-1`. */
export const SIGNING_KEY: KeyObject = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

/** Keys take a tenth of a second to make, so all servers of a process share them. */
const SIGNING_KEYS: readonly JWK[] = [
  {
    ...SIGNING_KEY.export({ format: 'jwk' }),
    kid: 'rsa-1',
    use: 'sig',
  },
  {
    ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
    kid: 'ec-1',
    use: 'sig',
  },
];

/** Makes oidc-provider's configuration. */
export function configureProvider(sources: ConfigurationSources): Configuration {
  const { store, users, audiences, origins, redirectUris, postLogoutRedirectUris, cookieSuffix, settings } = sources;
  return {
    // The client is looked up at each request, so that apps can be added while the server runs.
    adapter: (kind) => {
      const adapter = store.adapterFor(kind);
      if (kind !== 'Client') return adapter;
      return {
        ...adapter,
        find: async (id) => {
          const client: AdapterPayload = {
            client_id: id,
            client_name: 'Tokenward demo',
            token_endpoint_auth_method: settings().clientSecret === undefined ? 'none' : settings().authentication,
            ...(settings().clientSecret !== undefined && { client_secret: settings().clientSecret }),
            grant_types: ['authorization_code', 'refresh_token'],
            response_types: ['code'],
            redirect_uris: [...redirectUris],
            post_logout_redirect_uris: [...postLogoutRedirectUris],
            dpop_bound_access_tokens: settings().dpop === 'required',
            require_pushed_authorization_requests: settings().pushedAuthorizationRequests === 'required',
          };
          if (id === CLIENT_ID) return client;
          if (id === CONFIDENTIAL_CLIENT.clientId) {
            const { clientSecret } = CONFIDENTIAL_CLIENT;
            return { ...client, token_endpoint_auth_method: 'client_secret_basic', client_secret: clientSecret };
          }
          if (id !== HYBRID_CLIENT_ID) return undefined;
          // OpenID Connect Dynamic Client Registration 1.0, section 2: web clients get no ID token at http, native ones do.
          return {
            ...client,
            application_type: 'native',
            grant_types: ['authorization_code', 'refresh_token', 'implicit'],
            response_types: ['code id_token'],
          };
        },
      };
    },
    jwks: { keys: SIGNING_KEYS },
    cookies: {
      keys: [randomBytes(32).toString('base64url')],
      names: {
        session: `_session_${cookieSuffix}`,
        interaction: `_interaction_${cookieSuffix}`,
        resume: `_resume_${cookieSuffix}`,
      },
    },
    scopes: ['openid', 'offline_access', 'profile', 'email'],
    claims: {
      openid: ['sub', 'plan', 'https://tokenward.example/roles'],
      profile: ['name', 'given_name', 'family_name', 'locale'],
      email: ['email', 'email_verified'],
    },
    conformIdTokenClaims: false,
    extraParams: ['audience', 'connection', 'screen_hint'],
    findAccount: (_context, sub) => {
      const user = users.find((candidate) => candidate.sub === sub);
      return user && { accountId: sub, claims: () => ({ sub, ...user.claims }) };
    },
    clientBasedCORS: (_context, origin) => settings().endpointCors === 'allowed' && origins.has(origin),
    issueRefreshToken: (_context, client) =>
      settings().refreshTokens === 'issue' && client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => false,
    rotateRefreshToken: () => settings().rotation === 'always',
    loadExistingGrant: allowWhatIsAskedFor,
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    features: {
      devInteractions: { enabled: false },
      dPoP: {
        enabled: settings().dpop !== 'off',
        nonceSecret: randomBytes(32),
        requireNonce: () => settings().dpopNonce === 'required',
      },
      introspection: { enabled: true },
      jwtIntrospection: { enabled: true },
      jwtResponseModes: { enabled: true },
      pushedAuthorizationRequests: { enabled: settings().pushedAuthorizationRequests !== 'off' },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_context, _client, oneOf) => oneOf?.[0] ?? audiences[0] ?? API_AUDIENCE,
        getResourceServerInfo: (_context, audience) => {
          if (!audiences.includes(audience)) throw new errors.InvalidTarget();
          return {
            scope: API_SCOPES.join(' '),
            audience,
            accessTokenTTL: settings().accessTokenTtlSeconds,
            accessTokenFormat: settings().accessTokenFormat,
            jwt: { sign: { alg: 'ES256' } },
          };
        },
        useGrantedResource: () => true,
      },
      revocation: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context, form) => {
          context.type = 'html';
          context.body = signOutPage(form);
        },
        postLogoutSuccessSource: (context) => {
          context.type = 'html';
          context.body = signedOutPage();
        },
      },
      userinfo: { enabled: true },
      webMessageResponseMode: { enabled: settings().webMessages !== 'off', ack: 'individual-draft-01' },
    },
    renderError: (context, out) => {
      context.type = 'html';
      context.body = errorPage(out.error, out.error_description ?? '');
    },
    ttl: {
      AccessToken: (_context, token) => token.resourceServer?.accessTokenTTL ?? settings().accessTokenTtlSeconds,
      AuthorizationCode: 60,
      Grant: 30 * 24 * 60 * 60,
      IdToken: 60 * 60,
      Interaction: 60 * 60,
      RefreshToken: () => settings().refreshTokenTtlSeconds,
      Session: 14 * 24 * 60 * 60,
    },
  };
}

/** Grants what the client asks for without a question: it is the operator's own app. */
async function allowWhatIsAskedFor({ oidc }: KoaContextWithOIDC): Promise<InstanceType<Provider['Grant']> | undefined> {
  const { client, session, provider } = oidc;
  const accountId = session?.accountId;
  if (client === undefined || session === undefined || accountId === undefined) return undefined;
  const grantId = oidc.result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  // A grant that reuse detection or revocation has ended is not found: then a new one begins.
  const existing = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const grant = existing ?? new provider.Grant({ clientId: client.clientId, accountId });
  grant.addOIDCScope([...oidc.requestParamOIDCScopes].join(' '));
  for (const indicator of Object.keys(oidc.resourceServers ?? {})) {
    const scopes = [...oidc.requestParamScopes].filter((scope) => API_SCOPES.includes(scope));
    grant.addResourceScope(indicator, scopes.join(' '));
  }
  await grant.save();
  return grant;
}
