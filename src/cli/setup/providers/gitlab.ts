import { APP, type Provider, REDIRECT_URI } from './provider.ts';

export const GITLAB: Provider = {
  name: 'gitlab',
  title: 'GitLab',
  placeholders: { 'gitlab.com': 'the host of the server', CLIENT_ID: 'the Application ID' },
  configuration: {
    ...APP,
    issuer: 'https://gitlab.com',
    clientId: 'CLIENT_ID',
    scopes: ['openid', 'profile', 'email', 'read_api'],
    protectedResources: [{ url: 'https://gitlab.com/api/v4' }],
    pages: { authorizationServerPaths: 'allow' },
  },
  refreshTokens: 'always, rotating',
  hasSilentRenewal: true,
  signOut: 'app',
  register: [
    { setting: 'Applications, Redirect URI', value: REDIRECT_URI },
    { setting: 'Confidential', value: 'off' },
    { setting: 'Scopes', value: '`openid`, `profile`, `email`, `read_api`' },
  ],
  limits: [
    'There is no sign-out endpoint: the sign-out ends the session of the app, and the user stays signed in at GitLab.',
    '`offline_access` is no scope there: refresh tokens come without it, and rotate.',
    'The API is on the origin of the authorization server, so `authorizationServerPaths` is `allow`. Script in the page then reaches the token endpoint through a redirect.',
  ],
  facts: [
    {
      fact: 'The token, revocation and UserInfo endpoints have CORS; a public application uses PKCE without a secret.',
      source: 'https://docs.gitlab.com/api/oauth2/',
    },
    {
      fact: 'Access tokens last two hours; a refresh replaces both tokens.',
      source: 'https://docs.gitlab.com/integration/oauth_provider/',
    },
    {
      fact: 'Metadata, keys and the API answer requests of any origin (CORS).',
      source: 'https://gitlab.com/gitlab-org/gitlab/-/blob/master/config/application.rb',
    },
    {
      fact: 'Metadata, keys and claims of the ID token.',
      source: 'https://docs.gitlab.com/integration/openid_connect_provider/',
    },
  ],
};
