import { APP, type Provider, REDIRECT_URI } from './provider.ts';

export const GOOGLE: Provider = {
  name: 'google',
  title: 'Google',
  placeholders: {
    'CLIENT_ID.apps.googleusercontent.com': 'the Client ID',
  },
  configuration: {
    ...APP,
    issuer: 'https://accounts.google.com',
    clientId: 'CLIENT_ID.apps.googleusercontent.com',
    scopes: ['openid', 'email', 'profile', 'https://www.googleapis.com/auth/calendar.readonly'],
    protectedResources: [{ url: 'https://www.googleapis.com/calendar/v3' }],
    authorizationParameters: { access_type: 'offline', prompt: 'consent' },
    authorizationServer: {
      metadata: {
        token_endpoint: 'https://oauth2.googleapis.com/token',
        jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs',
        revocation_endpoint: 'https://oauth2.googleapis.com/revoke',
      },
    },
    promptAfterLocalSignOut: 'select_account',
    relay: true,
  },
  relay: { authentication: 'client_secret_post' },
  refreshTokens: '`access_type=offline`',
  hasSilentRenewal: true,
  signOut: 'app',
  register: [
    { setting: 'Clients, Create client', value: 'Web application' },
    { setting: 'Authorized redirect URIs', value: REDIRECT_URI },
    { setting: 'Authorized JavaScript origins', value: 'none: they are for other libraries' },
    { setting: 'Data Access', value: 'the scopes of the configuration' },
  ],
  limits: [
    'The token endpoint requires the client secret, with PKCE too. So the app needs the relay on a server of its own.',
    'A refresh token comes only with `access_type=offline`, and again only after `prompt=consent`. `offline_access` is no scope there.',
    'There is no sign-out endpoint: the sign-out ends the session of the app, and the user stays signed in at Google.',
    'The access token is opaque and for the APIs of Google. Your own API cannot validate it.',
  ],
  facts: [
    {
      fact: 'The token request of a web application has `client_secret`; `access_type=offline` asks for a refresh token.',
      source: 'https://developers.google.com/identity/protocols/oauth2/web-server',
    },
    {
      fact: '`prompt` takes `none`, `consent` and `select_account`; a `nonce` is returned in the ID token, which is signed with `RS256`.',
      source: 'https://developers.google.com/identity/openid-connect/openid-connect',
    },
  ],
};
