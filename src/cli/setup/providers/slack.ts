import { APP, type Provider, REDIRECT_URI } from './provider.ts';

const DOCS = 'https://docs.slack.dev/authentication';

export const SLACK: Provider = {
  name: 'slack',
  title: 'Slack (Sign in with Slack)',
  placeholders: {
    CLIENT_ID: 'the Client ID of the app',
  },
  configuration: {
    ...APP,
    issuer: 'https://slack.com',
    clientId: 'CLIENT_ID',
    scopes: ['openid', 'profile', 'email'],
    authorizationServer: {
      metadata: {
        authorization_endpoint: 'https://slack.com/openid/connect/authorize',
        token_endpoint: 'https://slack.com/api/openid.connect.token',
        jwks_uri: 'https://slack.com/openid/connect/keys',
        userinfo_endpoint: 'https://slack.com/api/openid.connect.userInfo',
      },
    },
    relay: true,
  },
  relay: { authentication: 'client_secret_post' },
  refreshTokens: 'token rotation',
  hasSilentRenewal: false,
  signOut: 'app',
  register: [
    { setting: 'OAuth & Permissions, Redirect URLs', value: REDIRECT_URI },
    { setting: 'User Token Scopes', value: '`openid`, `profile`, `email`' },
    { setting: 'Token rotation', value: 'on, for refresh tokens' },
  ],
  limits: [
    'The token endpoint requires the client secret. So the app needs the relay on a server of its own.',
    'There is no sign-out endpoint: the sign-out ends the session of the app, and the user stays signed in at Slack.',
    '`prompt=none` is not known: a lost session needs a sign-in button.',
    'The access token is for the APIs of Slack. Your own API cannot validate it.',
  ],
  facts: [
    { fact: 'Endpoints and scopes of Sign in with Slack.', source: `${DOCS}/sign-in-with-slack` },
    { fact: 'PKCE makes an app a public client for good.', source: `${DOCS}/using-pkce` },
    { fact: 'Refresh tokens come with token rotation.', source: `${DOCS}/using-token-rotation` },
  ],
};
