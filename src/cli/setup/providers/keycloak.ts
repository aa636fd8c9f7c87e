import { APP, type Provider, REDIRECT_URI, SIGNED_OUT_URI } from './provider.ts';

const GUIDE = 'https://www.keycloak.org/docs/latest/server_admin/index.html';

export const KEYCLOAK: Provider = {
  name: 'keycloak',
  title: 'Keycloak',
  placeholders: {
    'keycloak.example': 'the host of the server',
    REALM: 'the name of the realm',
    CLIENT_ID: 'the Client ID',
  },
  configuration: {
    ...APP,
    issuer: 'https://keycloak.example/realms/REALM',
    clientId: 'CLIENT_ID',
    scopes: ['openid', 'profile', 'email'],
  },
  refreshTokens: 'always',
  hasSilentRenewal: true,
  signOut: 'provider',
  register: [
    {
      setting: 'Clients, Create client',
      value: 'OpenID Connect; Client authentication off, Standard flow on, Implicit flow off',
    },
    { setting: 'Valid redirect URIs', value: `${REDIRECT_URI}, without a wildcard` },
    { setting: 'Valid post logout redirect URIs', value: SIGNED_OUT_URI },
    { setting: 'Web origins', value: 'https://app.example' },
    { setting: 'Advanced, Proof Key for Code Exchange Code Challenge Method', value: '`S256`' },
    { setting: 'Realm settings, Tokens, Revoke Refresh Token', value: 'on, with Refresh Token Max Reuse 0' },
  ],
  limits: [
    'There are refresh tokens without `offline_access`; they end with the single sign-on session of the user. With it they are ' +
      'offline tokens, which outlive that session.',
    'There is no audience parameter: add a mapper of the type Audience to a client scope of the client.',
  ],
  facts: [
    { fact: 'A client with Client authentication off is public; Web origins are the origins for CORS.', source: GUIDE },
    { fact: 'Revoke Refresh Token rotates them; `offline_access` asks for an offline token.', source: GUIDE },
    {
      fact: 'The issuer is `/realms/{realm}` of the server, with metadata, PKCE and RP-initiated logout.',
      source: 'https://www.keycloak.org/securing-apps/oidc-layers',
    },
  ],
};
