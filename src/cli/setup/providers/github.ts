import { APP, type Provider, REDIRECT_URI } from './provider.ts';

const DOCS = 'https://docs.github.com/en/apps';

export const GITHUB: Provider = {
  name: 'github',
  title: 'GitHub',
  placeholders: {
    CLIENT_ID: 'the Client ID of the GitHub App or OAuth app',
  },
  configuration: {
    ...APP,
    openid: false,
    issuer: 'https://github.com',
    clientId: 'CLIENT_ID',
    scopes: ['read:user'],
    protectedResources: [{ url: 'https://api.github.com', renewOn: 'unauthorized' }],
    userInfo: { url: 'https://api.github.com/user', mapping: { sub: 'id', name: 'login' } },
    authorizationServer: {
      metadata: {
        authorization_endpoint: 'https://github.com/login/oauth/authorize',
        token_endpoint: 'https://github.com/login/oauth/access_token',
      },
      scopeSeparator: 'comma',
    },
    promptAfterLocalSignOut: 'select_account',
    relay: true,
  },
  relay: { authentication: 'client_secret_post' },
  refreshTokens: 'a setting of the GitHub App',
  hasSilentRenewal: false,
  signOut: 'app',
  register: [
    { setting: 'Developer settings', value: 'a new GitHub App, or a new OAuth app' },
    { setting: 'Callback URL', value: REDIRECT_URI },
    { setting: 'Expire user authorization tokens (GitHub App)', value: 'on, for refresh tokens' },
    { setting: 'Client secrets', value: 'Generate a new client secret' },
  ],
  limits: [
    'The token endpoint requires the client secret, with PKCE too, and has no CORS. So the app needs the relay on a server of its own.',
    'There are no ID tokens, so `session.claims` come from the API, and `prompt=none` is not known: a lost session needs a sign-in button.',
    'An OAuth app gets access tokens without an end and no refresh tokens.',
    'There is no sign-out endpoint, and no revocation endpoint as RFC 7009 has it. The sign-out forgets the token.',
  ],
  facts: [
    {
      fact: 'PKCE is supported with `S256`, and there are no public clients.',
      source: 'https://github.blog/changelog/2025-07-14-pkce-support-for-oauth-and-github-app-authentication',
    },
    {
      fact: 'The token request has `client_secret`; `prompt` takes `select_account`; scopes come back with commas.',
      source: `${DOCS}/oauth-apps/building-oauth-apps/authorizing-oauth-apps`,
    },
    {
      fact: 'Tokens of a GitHub App end after eight hours, and are refreshed with the secret.',
      source: `${DOCS}/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens`,
    },
    {
      fact: 'The API answers requests of any origin (CORS).',
      source: 'https://docs.github.com/en/rest/using-the-rest-api/using-cors-and-jsonp-to-make-cross-origin-requests',
    },
  ],
};
