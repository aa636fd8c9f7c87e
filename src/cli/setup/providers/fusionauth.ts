import { APP, type Provider, REDIRECT_URI, SIGNED_OUT_URI } from './provider.ts';

const DOCS = 'https://fusionauth.io/docs';

export const FUSIONAUTH: Provider = {
  name: 'fusionauth',
  title: 'FusionAuth',
  placeholders: {
    'fusionauth.example': 'the host of the server',
    CLIENT_ID: 'the Client Id of the application',
  },
  configuration: {
    ...APP,
    issuer: 'https://fusionauth.example',
    clientId: 'CLIENT_ID',
    scopes: ['openid', 'profile', 'email', 'offline_access'],
  },
  refreshTokens: '`offline_access`',
  hasSilentRenewal: true,
  signOut: 'provider',
  register: [
    { setting: 'Tenant, General, Issuer', value: 'https://fusionauth.example: it is `acme.com` at first' },
    { setting: 'Application, OAuth, Client authentication', value: 'Not required when using PKCE' },
    { setting: 'PKCE', value: 'Required' },
    { setting: 'Authorized redirect URLs', value: `${REDIRECT_URI} and, for the sign-out, ${SIGNED_OUT_URI}` },
    { setting: 'Enabled grants', value: 'Authorization Code, Refresh Token' },
    { setting: 'Generate refresh tokens', value: 'on' },
    {
      setting: 'JWT, Access and Id token signing keys',
      value: 'an RSA or elliptic key, not the HMAC key of the start',
    },
    { setting: 'JWT, Refresh token usage', value: 'One-time use' },
    {
      setting: 'Settings, System, CORS',
      value: 'on, with https://app.example, GET, POST and the header Authorization',
    },
  ],
  limits: [
    'An ID token that is signed with HMAC (HS256) is refused: only a server with the secret could check it.',
    'Versions before 1.60 do not know `prompt=none`: a lost session needs a sign-in button there.',
    'The metadata name no revocation endpoint: a sign-out forgets the tokens and does not revoke them.',
  ],
  facts: [
    {
      fact: 'Refresh tokens need `offline_access`; the sign-out takes `client_id` and `post_logout_redirect_uri`.',
      source: `${DOCS}/lifecycle/authenticate-users/oauth/endpoints`,
    },
    {
      fact: '`prompt` takes `none` and `login` since version 1.60.',
      source: `${DOCS}/lifecycle/authenticate-users/oauth/prompt`,
    },
    { fact: 'CORS is a setting of the system.', source: `${DOCS}/operate/secure/cors` },
    {
      fact: 'Client authentication may be left out with PKCE; keys of each token.',
      source: `${DOCS}/get-started/core-concepts/applications`,
    },
    { fact: 'The issuer is a setting of the tenant.', source: `${DOCS}/get-started/core-concepts/tenants` },
  ],
};
