import { APP, type Provider, REDIRECT_URI, SIGNED_OUT_URI } from './provider.ts';

const DOCS = 'https://learn.microsoft.com/windows-server/identity/ad-fs';

export const ADFS: Provider = {
  name: 'adfs',
  title: 'AD FS (Windows Server 2019 or later)',
  placeholders: {
    'adfs.example': 'the federation service name',
    CLIENT_ID: 'the Client Identifier of the native application',
    API_IDENTIFIER: 'the identifier of the Web API',
  },
  configuration: {
    ...APP,
    issuer: 'https://adfs.example/adfs',
    clientId: 'CLIENT_ID',
    scopes: ['openid', 'profile', 'allatclaims'],
    authorizationParameters: { resource: 'API_IDENTIFIER' },
  },
  refreshTokens: 'a setting of the Web API',
  hasSilentRenewal: true,
  signOut: 'provider',
  register: [
    { setting: 'Application Groups', value: 'Native application accessing a web API' },
    { setting: 'Redirect URI', value: `${REDIRECT_URI} and, for the sign-out, ${SIGNED_OUT_URI}` },
    { setting: 'Web API, Client Permissions', value: '`openid`, `profile`, `allatclaims`' },
    {
      setting: 'Set-AdfsResponseHeaders',
      value: '`-EnableCORS $true`, and `-CORSTrustedOrigins https://app.example`',
    },
    { setting: 'Set-AdfsWebApiApplication', value: '`-IssueOAuthRefreshTokensTo AllDevices`' },
  ],
  limits: [
    'CORS and PKCE need Windows Server 2019 or later.',
    'Access tokens name another issuer than ID tokens: the `access_token_issuer` of the metadata. The API must expect that.',
    'UserInfo has only `sub`. Claims come in the ID token, with the scope `allatclaims` and, by the documentation, `responseMode: form_post`.',
  ],
  facts: [
    {
      fact: 'CORS is off at first, and has a list of origins.',
      source: `${DOCS}/operations/customize-http-security-headers-ad-fs`,
    },
    {
      fact: 'PKCE is supported since 2019; `resource` names the Web API.',
      source: `${DOCS}/development/ad-fs-openid-connect-oauth-concepts`,
    },
    {
      fact: 'The sign-out takes `id_token_hint` and `post_logout_redirect_uri`.',
      source: `${DOCS}/development/ad-fs-logout-openid-connect`,
    },
  ],
};
