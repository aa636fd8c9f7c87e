import { APP, type Provider, REDIRECT_URI, SIGNED_OUT_URI } from './provider.ts';

const GUIDE = 'https://docs.aws.amazon.com/cognito/latest/developerguide';

export const COGNITO: Provider = {
  name: 'cognito',
  title: 'Amazon Cognito',
  placeholders: {
    REGION: 'the region of the user pool, such as eu-west-1',
    USER_POOL_ID: 'the ID of the user pool',
    DOMAIN_PREFIX: 'the prefix of its domain; or replace the whole host by your custom domain',
    CLIENT_ID: 'the ID of the app client',
  },
  configuration: {
    ...APP,
    issuer: 'https://cognito-idp.REGION.amazonaws.com/USER_POOL_ID',
    clientId: 'CLIENT_ID',
    scopes: ['openid', 'profile', 'email'],
    authorizationServers: ['https://DOMAIN_PREFIX.auth.REGION.amazoncognito.com'],
    endSession: {
      url: 'https://DOMAIN_PREFIX.auth.REGION.amazoncognito.com/logout',
      parameters: { client_id: 'CLIENT_ID', logout_uri: SIGNED_OUT_URI },
    },
  },
  refreshTokens: 'always',
  hasSilentRenewal: true,
  signOut: 'provider',
  register: [
    { setting: 'App clients, Create app client', value: 'Single-page application (SPA), which has no secret' },
    { setting: 'Allowed callback URLs', value: REDIRECT_URI },
    { setting: 'Allowed sign-out URLs', value: SIGNED_OUT_URI },
    { setting: 'OAuth grant types', value: 'Authorization code grant' },
    { setting: 'OpenID Connect scopes', value: 'OpenID, Profile, Email, and the custom scopes of your API' },
    { setting: 'Refresh token rotation', value: 'on' },
  ],
  limits: [
    'The sign-out takes parameters of its own, so `endSession` names them. The standard ones leave the user at an error page. ' +
      '`logout_uri` is a URL of one environment: write that of each.',
    '`offline_access` is no scope there: the code flow issues refresh tokens without it.',
    'The access token has no audience (`aud`). The API checks `client_id` and the scopes.',
    '`prompt=none` is known to managed login, and not to the classic hosted UI. There, a lost session needs a sign-in button.',
  ],
  facts: [
    { fact: 'The sign-out endpoint takes `client_id` and `logout_uri`.', source: `${GUIDE}/logout-endpoint.html` },
    {
      fact: 'Authorization endpoint, token endpoint and UserInfo are on the domain of the user pool; metadata and keys are not.',
      source: `${GUIDE}/federation-endpoints.html`,
    },
    { fact: 'A public client has no secret and uses PKCE.', source: `${GUIDE}/using-pkce-in-authorization-code.html` },
    {
      fact: 'The authorization endpoint takes `prompt` with managed login.',
      source: `${GUIDE}/authorization-endpoint.html`,
    },
    {
      fact: 'Refresh tokens rotate if the app client says so.',
      source: `${GUIDE}/amazon-cognito-user-pools-using-the-refresh-token.html`,
    },
  ],
};
