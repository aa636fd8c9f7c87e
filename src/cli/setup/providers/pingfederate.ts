import { APP, type Provider, REDIRECT_URI, SIGNED_OUT_URI } from './provider.ts';

const DOCS = 'https://docs.pingidentity.com/pingfederate/latest';

export const PINGFEDERATE: Provider = {
  name: 'pingfederate',
  title: 'PingFederate',
  placeholders: {
    'sso.example': 'the host and port of the Base URL',
    CLIENT_ID: 'the Client ID',
    'notes.read': 'a scope of your API',
  },
  configuration: {
    ...APP,
    issuer: 'https://sso.example',
    clientId: 'CLIENT_ID',
    scopes: ['openid', 'profile', 'notes.read'],
    authorizationServer: { metadata: { end_session_endpoint: 'https://sso.example/idp/init_logout.openid' } },
  },
  refreshTokens: 'the grant type of the client',
  hasSilentRenewal: true,
  signOut: 'provider',
  register: [
    { setting: 'Client Authentication', value: 'None' },
    { setting: 'Redirection URIs', value: REDIRECT_URI },
    { setting: 'Allowed Grant Types', value: 'Authorization Code, Refresh Token' },
    { setting: 'Require Proof Key for Code Exchange (PKCE)', value: 'on' },
    { setting: 'Refresh Token Rolling Policy', value: 'Roll' },
    { setting: 'ID Token Signing Algorithm', value: 'RSA or ECDSA, not HMAC' },
    { setting: 'Authorization Server Settings, Cross-Origin Resource Sharing', value: 'https://app.example' },
    { setting: 'Post-Logout Redirect URIs', value: SIGNED_OUT_URI },
  ],
  limits: [
    'Versions before 12.0 have only the endpoint of single logout. Set ' +
      "`endSession: { url: 'https://sso.example/idp/startSLO.ping', parameters: { TargetResource: 'https://app.example/' } }`.",
    'The access token may be opaque: the Access Token Manager decides, and the API must know how to check it.',
  ],
  facts: [
    {
      fact: 'CORS holds for the token, revocation, UserInfo, key and metadata endpoints, for configured origins.',
      source: `${DOCS}/introduction_to_pingfederate/pf_cors_support_oauth_endpoints.html`,
    },
    {
      fact: 'A client without authentication cannot have ID tokens that are signed with HMAC.',
      source: `${DOCS}/administrators_reference_guide/pf_configuring_oauth_clients.html`,
    },
    {
      fact: '`/idp/init_logout.openid` takes `id_token_hint`, `client_id` and `post_logout_redirect_uri`.',
      source: `${DOCS}/developers_reference_guide/pf_openid_connect_rp_logout_endpoint.html`,
    },
    {
      fact: '`/idp/startSLO.ping` ends the session and goes to `TargetResource`.',
      source: `${DOCS}/developers_reference_guide/pf_idp_endpoints.html`,
    },
  ],
};
