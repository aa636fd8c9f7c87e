import { APP, type Provider, REDIRECT_URI, SIGNED_OUT_URI } from './provider.ts';

const DOCS = 'https://docs.duendesoftware.com/identityserver';

export const DUENDE: Provider = {
  name: 'duende',
  title: 'Duende IdentityServer',
  placeholders: {
    'identity.example': 'the host of the server',
    CLIENT_ID: 'the ClientId',
    'notes.read': 'a scope of your API',
  },
  configuration: {
    ...APP,
    issuer: 'https://identity.example',
    clientId: 'CLIENT_ID',
    scopes: ['openid', 'profile', 'offline_access', 'notes.read'],
    pushedAuthorizationRequests: 'off',
  },
  refreshTokens: '`offline_access`',
  hasSilentRenewal: true,
  signOut: 'provider',
  register: [
    { setting: 'AllowedGrantTypes', value: '`GrantTypes.Code`' },
    { setting: 'RequireClientSecret', value: '`false`' },
    { setting: 'RequirePkce', value: '`true`, the default' },
    { setting: 'RedirectUris', value: REDIRECT_URI },
    { setting: 'PostLogoutRedirectUris', value: SIGNED_OUT_URI },
    { setting: 'AllowedCorsOrigins', value: 'https://app.example' },
    { setting: 'AllowOfflineAccess', value: '`true`' },
    { setting: 'RefreshTokenUsage', value: '`TokenUsage.OneTimeOnly`, for rotation' },
    { setting: 'AllowedScopes', value: '`openid`, `profile`, `notes.read`' },
  ],
  limits: [
    'The endpoint for pushed requests has no CORS, so the configuration does not use it. A client with ' +
      '`RequirePushedAuthorization` cannot sign in from a browser.',
    'After the sign-out the page of the server decides whether it returns to the app by itself or shows a link.',
  ],
  facts: [
    { fact: 'Settings of a client and their defaults.', source: `${DOCS}/reference/models/client` },
    {
      fact: 'CORS is by default for the metadata, token, revocation and UserInfo endpoints.',
      source: `${DOCS}/reference/options`,
    },
    {
      fact: '`AllowedCorsOrigins` of the client are the origins.',
      source: `${DOCS}/tokens/cors`,
    },
    {
      fact: 'Refresh tokens need `offline_access`; public clients should have tokens for one use.',
      source: `${DOCS}/tokens/refresh`,
    },
  ],
};
