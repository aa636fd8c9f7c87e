import { APP, type Provider, REDIRECT_URI } from './provider.ts';

const DOCS = 'https://developer.apple.com/documentation/signinwithapplerestapi';

export const APPLE: Provider = {
  name: 'apple',
  title: 'Sign in with Apple',
  placeholders: {
    CLIENT_ID: 'the identifier of the Services ID',
  },
  configuration: {
    ...APP,
    issuer: 'https://appleid.apple.com',
    clientId: 'CLIENT_ID',
    scopes: ['openid', 'email', 'name'],
    responseMode: 'form_post',
    authorizationServer: {
      metadata: {
        authorization_endpoint: 'https://appleid.apple.com/auth/authorize',
        token_endpoint: 'https://appleid.apple.com/auth/token',
        jwks_uri: 'https://appleid.apple.com/auth/keys',
        revocation_endpoint: 'https://appleid.apple.com/auth/revoke',
      },
    },
    relay: true,
  },
  relay: { authentication: 'client_secret_post' },
  refreshTokens: 'always',
  hasSilentRenewal: false,
  signOut: 'app',
  register: [
    { setting: 'Identifiers, Services IDs', value: 'one with Sign in with Apple' },
    { setting: 'Return URLs', value: `${REDIRECT_URI}; the domain must be https, and not localhost` },
    { setting: 'Keys', value: 'one for Sign in with Apple, which signs the client secret' },
  ],
  limits: [
    'The token endpoint requires a client secret and has no CORS. So the app needs the relay on a server of its own.',
    'With the scopes `email` and `name`, Apple sends the response as a form. It does not work with an isolated callback.',
    'The name of the user is in the form of the first sign-in only, beside the response, and is not among the claims.',
    'There is no sign-out endpoint, no UserInfo endpoint and no `prompt=none`: a lost session needs a sign-in button.',
    'The access token is for nothing that Apple documents. Your own API cannot validate it.',
  ],
  facts: [
    { fact: 'The token request has `client_id` and `client_secret`.', source: `${DOCS}/generate-and-validate-tokens` },
    {
      fact: 'With scopes, `response_mode` must be `form_post`; the user is in the form once.',
      source: `${DOCS}/request-an-authorization-to-the-sign-in-with-apple-server.`,
    },
    {
      fact: 'The client secret is a JWT of ES256 that lasts six months at most.',
      source: 'https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret',
    },
  ],
};
