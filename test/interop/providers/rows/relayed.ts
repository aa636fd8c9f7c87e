import { APPLE } from '../../../../src/cli/setup/providers/apple.ts';
import { GITHUB } from '../../../../src/cli/setup/providers/github.ts';
import { GOOGLE } from '../../../../src/cli/setup/providers/google.ts';
import { SLACK } from '../../../../src/cli/setup/providers/slack.ts';
import type { ProviderRow } from '../provider-row.ts';
import { endpointsAt, type Quirks, STANDARD } from '../quirks.ts';

const GITHUB_QUIRKS: Quirks = {
  ...STANDARD,
  issuer: 'https://github.com',
  endpoints: {
    authorization: 'https://github.com/login/oauth/authorize',
    token: 'https://github.com/login/oauth/access_token',
    user: 'https://api.github.com/user',
  },
  readable: ['user'],
  clientAuthentication: 'client_secret_post',
  refreshTokenFor: 'always',
  accessToken: 'opaque',
  promptNone: 'unknown',
  tokenResponse: { token_type: 'bearer', scope: 'read:user', refresh_token_expires_in: 15897600 },
  // With status 200.
  refusal: {
    status: 200,
    body: { error: 'bad_refresh_token', error_description: 'The refresh token passed is incorrect or expired.' },
  },
  clientRefusal: { status: 200, body: { error: 'incorrect_client_credentials' } },
  user: { id: 583231, login: 'ada' },
};

/** Services that demand a client secret, or whose token endpoint no browser can read. */
export const RELAYED_ROWS: readonly ProviderRow[] = [
  {
    profile: GOOGLE,
    sources: ['https://accounts.google.com/.well-known/openid-configuration'],
    quirks: {
      ...STANDARD,
      issuer: 'https://accounts.google.com',
      endpoints: {
        metadata: 'https://accounts.google.com/.well-known/openid-configuration',
        authorization: 'https://accounts.google.com/o/oauth2/v2/auth',
        token: 'https://oauth2.googleapis.com/token',
        keys: 'https://www.googleapis.com/oauth2/v3/certs',
        user: 'https://openidconnect.googleapis.com/v1/userinfo',
        revocation: 'https://oauth2.googleapis.com/revoke',
      },
      metadata: {
        id_token_signing_alg_values_supported: ['RS256'],
        code_challenge_methods_supported: ['plain', 'S256'],
      },
      clientAuthentication: 'client_secret_post',
      clientRefusal: {
        status: 400,
        body: { error: 'invalid_request', error_description: 'client_secret is missing.' },
      },
      refreshTokenFor: { parameter: ['access_type', 'offline'] },
      rotation: 'never',
      accessToken: 'opaque',
      refusal: {
        status: 400,
        body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
      },
    },
    expected: { refusal: 'token_request_refused' },
  },
  {
    profile: GITHUB,
    variant: { name: 'GitHub App', configuration: {} },
    sources: [
      'https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors',
    ],
    quirks: GITHUB_QUIRKS,
    expected: {
      refusal: 'token_endpoint_unavailable',
      claims: { sub: '583231', name: 'ada' },
      silentRenewal: 'not sent',
    },
  },
  {
    profile: GITHUB,
    variant: { name: 'OAuth app', configuration: {} },
    sources: [],
    quirks: {
      ...GITHUB_QUIRKS,
      refreshTokenFor: 'never',
      tokenResponse: { ...GITHUB_QUIRKS.tokenResponse, expires_in: undefined, refresh_token_expires_in: undefined },
    },
    expected: {
      refusal: 'token_endpoint_unavailable',
      claims: { sub: '583231', name: 'ada' },
      refresh: 'no refresh token',
      silentRenewal: 'not sent',
    },
  },
  {
    profile: SLACK,
    sources: [
      'https://docs.slack.dev/reference/methods/openid.connect.token',
      'https://docs.slack.dev/tools/node-slack-sdk/reference/web-api/type-aliases/OpenIDConnectTokenResponse',
    ],
    quirks: {
      ...STANDARD,
      issuer: 'https://slack.com',
      endpoints: {
        authorization: 'https://slack.com/openid/connect/authorize',
        token: 'https://slack.com/api/openid.connect.token',
        keys: 'https://slack.com/openid/connect/keys',
        user: 'https://slack.com/api/openid.connect.userInfo',
      },
      clientAuthentication: 'client_secret_post',
      clientRefusal: { status: 200, body: { ok: false, error: 'bad_client_secret' } },
      refreshTokenFor: 'always',
      accessToken: 'opaque',
      promptNone: 'unknown',
      tokenResponse: { ok: true },
      refusal: { status: 200, body: { ok: false, error: 'invalid_refresh_token' } },
    },
    expected: { refusal: 'token_response_invalid', silentRenewal: 'page' },
  },
  {
    profile: APPLE,
    sources: ['https://appleid.apple.com/.well-known/openid-configuration'],
    quirks: {
      ...STANDARD,
      issuer: 'https://appleid.apple.com',
      endpoints: endpointsAt('https://appleid.apple.com', {
        authorization: '/auth/authorize',
        token: '/auth/token',
        keys: '/auth/keys',
        revocation: '/auth/revoke',
      }),
      // No document says whether a browser can read the keys.
      readable: ['keys'],
      clientAuthentication: 'client_secret_post',
      clientRefusal: { status: 400, body: { error: 'invalid_client' } },
      refreshTokenFor: 'always',
      rotation: 'never',
      accessToken: 'opaque',
      promptNone: 'unknown',
      claims: { is_private_email: 'true', nonce_supported: true },
    },
    expected: { refusal: 'token_endpoint_unavailable', silentRenewal: 'page' },
  },
];
