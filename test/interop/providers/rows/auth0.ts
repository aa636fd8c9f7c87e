import { AUTH0, AUTH0_ORGANIZATIONS } from '../../../../src/cli/setup/providers/auth0.ts';
import type { ProviderRow } from '../provider-row.ts';
import { endpointsAt, type Quirks, STANDARD } from '../quirks.ts';

const BASE = 'https://notes.eu.auth0.com';

const QUIRKS: Quirks = {
  ...STANDARD,
  // With a slash at its end.
  issuer: `${BASE}/`,
  endpoints: endpointsAt(BASE, {
    metadata: '/.well-known/openid-configuration',
    authorization: '/authorize',
    token: '/oauth/token',
    keys: '/.well-known/jwks.json',
    user: '/userinfo',
    revocation: '/oauth/revoke',
    endSession: '/oidc/logout',
  }),
  metadata: {
    mfa_challenge_endpoint: `${BASE}/mfa/challenge`,
    device_authorization_endpoint: `${BASE}/oauth/device/code`,
    code_challenge_methods_supported: ['S256', 'plain'],
    id_token_signing_alg_values_supported: ['HS256', 'RS256', 'PS256'],
  },
  refusal: { status: 403, body: { error: 'invalid_grant', error_description: 'Unknown or invalid refresh token.' } },
};

const SOURCES = [
  'https://auth0.com/docs/get-started/applications/configure-applications-with-oidc-discovery',
  'https://auth0.com/docs/api/authentication/refresh-token/refresh-token',
];

const ORGANIZATION = 'org_9ybsU1dN2dKfDkBi';

/** Auth0, with and without Organizations, and a tenant whose metadata name no sign-out endpoint. */
export const AUTH0_ROWS: readonly ProviderRow[] = [
  {
    profile: AUTH0,
    sources: SOURCES,
    quirks: QUIRKS,
    expected: { parameters: { audience: 'https://notes-api.example' } },
  },
  {
    profile: AUTH0,
    variant: {
      name: 'tenant from before 14 November 2023',
      configuration: {
        endSession: {
          url: 'https://TENANT.REGION.auth0.com/v2/logout',
          parameters: { client_id: 'CLIENT_ID', returnTo: 'https://app.example/' },
        },
      },
    },
    sources: [...SOURCES, 'https://auth0.com/docs/api/authentication/logout/auth-0-logout'],
    quirks: {
      ...QUIRKS,
      endpoints: { ...QUIRKS.endpoints, endSession: `${BASE}/v2/logout` },
      metadata: { ...QUIRKS.metadata, end_session_endpoint: undefined },
      signOut: { client: 'client_id', returnTo: 'returnTo' },
    },
    expected: {},
  },
  {
    profile: AUTH0_ORGANIZATIONS,
    sources: SOURCES,
    quirks: { ...QUIRKS, claims: { org_id: ORGANIZATION } },
    expected: {
      pageParameters: { organization: ORGANIZATION },
      parameters: { organization: ORGANIZATION },
      claims: { org_id: ORGANIZATION },
    },
  },
];
