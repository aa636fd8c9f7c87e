import { APP, LOGIN_URI, type Provider, REDIRECT_URI, SIGNED_OUT_URI } from './provider.ts';

const PLACEHOLDERS = {
  'TENANT.REGION.auth0.com': 'the domain of the tenant, or your custom domain',
  CLIENT_ID: 'the Client ID of the application',
  API_IDENTIFIER: 'the Identifier of the API',
};

const CONFIGURATION = {
  ...APP,
  issuer: 'https://TENANT.REGION.auth0.com/',
  clientId: 'CLIENT_ID',
  scopes: ['openid', 'profile', 'email', 'offline_access'],
  authorizationParameters: { audience: 'API_IDENTIFIER' },
  pushedAuthorizationRequests: 'off',
} as const;

const REGISTER = [
  { setting: 'Applications, Create Application', value: 'Single Page Web Applications' },
  { setting: 'Allowed Callback URLs', value: REDIRECT_URI },
  { setting: 'Allowed Logout URLs', value: SIGNED_OUT_URI },
  { setting: 'Allow Refresh Token Rotation', value: 'on, in the settings of the application' },
  { setting: 'Allow Offline Access', value: 'on, in the settings of the API' },
];

const LIMITS = [
  'Without `audience` the access token is not for your API.',
  'In tenants from before 14 November 2023 the metadata name no `end_session_endpoint` until it is switched on in Settings, ' +
    "Advanced. Or set `endSession: { url: 'https://TENANT.REGION.auth0.com/v2/logout', parameters: { client_id: 'CLIENT_ID', " +
    "returnTo: 'https://app.example/' } }`.",
  'With the development keys of a social connection, `prompt=none` is answered with `login_required`: use keys of your own.',
];

const FACTS = [
  {
    fact: 'The origin of an allowed callback URL may use the token endpoint (CORS) without an entry of its own.',
    source: 'https://auth0.com/docs/get-started/applications/application-settings',
  },
  {
    fact: 'A refresh token needs the scope `offline_access`, and Allow Offline Access at the API.',
    source: 'https://auth0.com/docs/secure/tokens/refresh-tokens/get-refresh-tokens',
  },
  {
    fact: 'The metadata name the `end_session_endpoint` in tenants made since 14 November 2023; in others a setting adds it.',
    source: 'https://auth0.com/docs/authenticate/login/logout/log-users-out-of-auth0',
  },
  {
    fact: 'Pushed authorization requests are for confidential clients.',
    source:
      'https://auth0.com/docs/get-started/authentication-and-authorization-flow/authorization-code-flow/authorization-code-flow-with-par',
  },
];

export const AUTH0: Provider = {
  name: 'auth0',
  title: 'Auth0',
  placeholders: PLACEHOLDERS,
  configuration: CONFIGURATION,
  refreshTokens: '`offline_access`, rotating',
  hasSilentRenewal: true,
  signOut: 'provider',
  register: REGISTER,
  limits: LIMITS,
  facts: FACTS,
};

export const AUTH0_ORGANIZATIONS: Provider = {
  name: 'auth0-organizations',
  title: 'Auth0 with Organizations',
  placeholders: PLACEHOLDERS,
  configuration: { ...CONFIGURATION, parametersFromPage: ['organization', 'invitation'] },
  refreshTokens: '`offline_access`, rotating',
  hasSilentRenewal: true,
  signOut: 'provider',
  register: [
    ...REGISTER,
    { setting: 'Organizations, Type of Users', value: 'Business Users, with or without a prompt for the organization' },
    {
      setting: 'Application Login URI',
      value: `${LOGIN_URI}, so that invitations begin there; it must be https`,
    },
  ],
  limits: [
    ...LIMITS,
    'The page names the organization: `login({ parameters: { organization } })`. The API must check the claim `org_id` of the ' +
      'access token. An app for one organization sets it in `authorizationParameters` instead.',
  ],
  facts: [
    ...FACTS,
    {
      fact: 'The authorization request takes `organization` and `invitation`; the tokens have the claim `org_id`.',
      source: 'https://auth0.com/docs/manage-users/organizations/using-tokens',
    },
  ],
};
