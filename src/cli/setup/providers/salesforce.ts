import { APP, type Provider, REDIRECT_URI, SIGNED_OUT_URI } from './provider.ts';

const HELP = 'https://help.salesforce.com/s/articleView';

export const SALESFORCE: Provider = {
  name: 'salesforce',
  title: 'Salesforce',
  placeholders: {
    'MY_DOMAIN.my.salesforce.com': 'your My Domain login URL, or that of an Experience Cloud site',
    CLIENT_ID: 'the Consumer Key of the external client app',
  },
  configuration: {
    ...APP,
    issuer: 'https://MY_DOMAIN.my.salesforce.com',
    clientId: 'CLIENT_ID',
    scopes: ['openid', 'api', 'refresh_token'],
    protectedResources: [{ url: 'https://MY_DOMAIN.my.salesforce.com/services/data', renewOn: 'unauthorized' }],
    pages: { authorizationServerPaths: 'allow' },
  },
  refreshTokens: 'the scope `refresh_token`',
  hasSilentRenewal: false,
  signOut: 'provider',
  register: [
    { setting: 'External Client App Manager, OAuth Settings, Callback URL', value: REDIRECT_URI },
    { setting: 'OAuth Scopes', value: '`openid`, `api`, `refresh_token`' },
    { setting: 'Require Secret for Web Server Flow', value: 'off' },
    { setting: 'Require Secret for Refresh Token Flow', value: 'off' },
    { setting: 'Require Proof Key for Code Exchange (PKCE)', value: 'on' },
    { setting: 'Enable Refresh Token Rotation', value: 'on' },
    { setting: 'Single Logout URL, or Session Settings, Logout URL', value: SIGNED_OUT_URI },
    { setting: 'Setup, CORS', value: 'https://app.example in the allowlist, and Enable CORS for OAuth endpoints' },
  ],
  limits: [
    'The issuer is the My Domain login URL: login.salesforce.com has no CORS at its token endpoint.',
    'After a sign-out Salesforce goes to the URL that is entered there, and takes none from the app.',
    '`prompt=none` is not among the documented values: show a sign-in button for a lost session.',
    'A token response does not say how long the access token lasts. The API answers 401 when it ends, so `renewOn` is `unauthorized`.',
    'The API is on the origin of the authorization server, so `authorizationServerPaths` is `allow`. Script in the page then reaches the token endpoint through a redirect.',
  ],
  facts: [
    {
      fact: 'Metadata and keys have CORS; the token and revocation endpoints have it by a setting, on My Domain URLs.',
      source: `${HELP}?id=sf.remoteaccess_oauth_endpoints_cors.htm&type=5`,
    },
    {
      fact: 'A single-page app switches off the secret of both flows.',
      source:
        'https://developer.salesforce.com/docs/atlas.en-us.headless_identity.meta/headless_identity/headless_identity_create_connected_app.htm',
    },
    {
      fact: 'Single logout is by the front channel, and needs a registered URL.',
      source: `${HELP}?id=xcloud.slo_about.htm&type=5`,
    },
    { fact: 'PKCE can be required.', source: `${HELP}?id=xcloud.remoteaccess_pkce.htm&type=5` },
  ],
};
