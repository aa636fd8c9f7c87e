import { APP, type Provider, REDIRECT_URI, SIGNED_OUT_URI } from './provider.ts';

export const CURITY: Provider = {
  name: 'curity',
  title: 'Curity Identity Server',
  placeholders: {
    'login.example/oauth/v2/oauth-anonymous': 'the issuer of the token profile',
    CLIENT_ID: 'the ID of the client',
    'notes.read': 'a scope of your API',
  },
  configuration: {
    ...APP,
    issuer: 'https://login.example/oauth/v2/oauth-anonymous',
    clientId: 'CLIENT_ID',
    scopes: ['openid', 'profile', 'notes.read'],
    pushedAuthorizationRequests: 'off',
  },
  refreshTokens: 'a setting of the client',
  hasSilentRenewal: true,
  signOut: 'provider',
  register: [
    { setting: 'Capabilities', value: 'Code Flow, with PKCE required' },
    { setting: 'Client Authentication', value: 'no authentication (public client)' },
    { setting: 'Redirect URIs', value: REDIRECT_URI },
    { setting: 'Allowed Post Logout Redirect URIs', value: SIGNED_OUT_URI },
    { setting: 'Allowed Origins', value: 'https://app.example' },
    { setting: 'Refresh Token', value: 'on, not reused' },
    { setting: 'OAuth Session Endpoint', value: 'defined and mapped, so that the metadata name the sign-out endpoint' },
    { setting: 'Zone, allowed origins for CORS', value: 'https://app.example, for userinfo()' },
  ],
  limits: [
    'Pushed requests have no CORS, so the configuration does not use them. A client that requires them cannot sign in from a browser.',
  ],
  facts: [
    {
      fact: 'Metadata and keys have CORS always; token and revocation endpoint for the Allowed Origins of a public client.',
      source: 'https://curity.io/docs/idsvr/latest/developer-guide/oauth-service/oauth-cors.html',
    },
    {
      fact: 'UserInfo has CORS for the origins of the zone.',
      source: 'https://curity.io/docs/identity-server/system-and-operation/http-server/cors',
    },
    {
      fact: 'The metadata name the endpoint of the sign-out once there is an OAuth Session Endpoint.',
      source: 'https://www.curity.io/docs/idsvr/latest/token-service-admin-guide/session-logout.html',
    },
  ],
};
