import { APP, type Provider, REDIRECT_URI, SIGNED_OUT_URI } from './provider.ts';

const REGISTER = [
  { setting: 'Create App Integration', value: 'OIDC, Single-Page Application' },
  { setting: 'Grant type', value: 'Authorization Code, Refresh Token (with rotation)' },
  { setting: 'Sign-in redirect URIs', value: REDIRECT_URI },
  { setting: 'Sign-out redirect URIs', value: SIGNED_OUT_URI },
  { setting: 'Security, API, Trusted Origins', value: 'https://app.example, with CORS' },
];

const FACTS = [
  {
    fact: 'Tokens of the org authorization server are for the APIs of Okta; those of a custom one are for your API.',
    source: 'https://developer.okta.com/docs/concepts/auth-servers/',
  },
  {
    fact: 'Browsers need a Trusted Origin with CORS.',
    source: 'https://developer.okta.com/docs/guides/enable-cors/main/',
  },
  {
    fact: 'Refresh tokens need `offline_access` and the grant type; those of a single-page app rotate.',
    source: 'https://developer.okta.com/docs/guides/refresh-tokens/main/',
  },
  {
    fact: 'A public client uses PKCE; `prompt=none` is answered with a redirect; the sign-out takes `id_token_hint`.',
    source: 'https://developer.okta.com/docs/reference/api/oidc/',
  },
];

export const OKTA: Provider = {
  name: 'okta',
  title: 'Okta, custom authorization server',
  placeholders: {
    'ORG.okta.com/oauth2/default': 'the issuer of the authorization server',
    CLIENT_ID: 'the Client ID of the app integration',
    'notes:read': 'a scope of the authorization server',
  },
  configuration: {
    ...APP,
    issuer: 'https://ORG.okta.com/oauth2/default',
    clientId: 'CLIENT_ID',
    scopes: ['openid', 'profile', 'email', 'offline_access', 'notes:read'],
  },
  refreshTokens: '`offline_access`, rotating',
  hasSilentRenewal: true,
  signOut: 'provider',
  register: [
    ...REGISTER,
    { setting: 'Security, API, Access Policies', value: 'a rule for this client and its scopes' },
  ],
  limits: ['Scopes and audience are those of the authorization server: there is no audience parameter.'],
  facts: FACTS,
};

export const OKTA_ORG: Provider = {
  name: 'okta-org',
  title: 'Okta, org authorization server',
  placeholders: {
    'ORG.okta.com': 'the domain of the organization',
    CLIENT_ID: 'the Client ID of the app integration',
  },
  configuration: {
    ...APP,
    issuer: 'https://ORG.okta.com',
    clientId: 'CLIENT_ID',
    scopes: ['openid', 'profile', 'email', 'offline_access', 'okta.users.read.self'],
    protectedResources: [{ url: 'https://ORG.okta.com/api/v1' }],
    pages: { authorizationServerPaths: 'allow' },
  },
  refreshTokens: '`offline_access`, rotating',
  hasSilentRenewal: true,
  signOut: 'provider',
  register: [...REGISTER, { setting: 'Okta API Scopes', value: 'a grant for each scope that begins with okta.' }],
  limits: [
    'Its access tokens are for the APIs of Okta. Your own API cannot validate them: use a custom authorization server.',
    'The API is on the origin of the authorization server, so `authorizationServerPaths` is `allow`. Script in the page then reaches the token endpoint through a redirect.',
  ],
  facts: FACTS,
};
