import { APP, type Provider, REDIRECT_URI } from './provider.ts';

const DOCS = 'https://www.authelia.com/configuration/identity-providers/openid-connect';

export const AUTHELIA: Provider = {
  name: 'authelia',
  title: 'Authelia',
  placeholders: { 'auth.example': 'the host of the server', CLIENT_ID: 'the client_id' },
  configuration: {
    ...APP,
    issuer: 'https://auth.example',
    clientId: 'CLIENT_ID',
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    promptAfterLocalSignOut: 'login',
  },
  refreshTokens: '`offline_access`',
  hasSilentRenewal: false,
  signOut: 'app',
  register: [
    { setting: 'public', value: '`true`' },
    { setting: 'token_endpoint_auth_method', value: '`none`' },
    { setting: 'redirect_uris', value: REDIRECT_URI },
    { setting: 'scopes', value: '`openid`, `profile`, `email`, `offline_access`' },
    { setting: 'grant_types', value: '`authorization_code`, `refresh_token`' },
    { setting: 'require_pkce, pkce_challenge_method', value: '`true`, `S256`' },
    { setting: 'cors.endpoints', value: '`token`, `revocation`, `userinfo` and `pushed-authorization-request`' },
    { setting: 'cors.allowed_origins_from_client_redirect_uris', value: '`true`' },
  ],
  limits: [
    'There is no sign-out endpoint: the sign-out ends the session of the app, and the user stays signed in at Authelia.',
    'By default the user is asked for consent at each sign-in, so a silent one is refused. `consent_mode: pre-configured` remembers it.',
    'Access tokens are opaque, unless `access_token_signed_response_alg` of the client names an algorithm.',
  ],
  facts: [
    { fact: 'CORS of endpoints and origins.', source: `${DOCS}/provider/#cors` },
    { fact: 'Settings of a client.', source: `${DOCS}/clients/` },
    {
      fact: 'The consent is explicit at each authorization by default, and may be remembered.',
      source: `${DOCS}/clients/#consent_mode`,
    },
  ],
};
