import { COGNITO } from '../../../../src/cli/setup/providers/cognito.ts';
import { GITLAB } from '../../../../src/cli/setup/providers/gitlab.ts';
import { OKTA, OKTA_ORG } from '../../../../src/cli/setup/providers/okta.ts';
import { SALESFORCE } from '../../../../src/cli/setup/providers/salesforce.ts';
import type { ProviderRow } from '../provider-row.ts';
import { endpointsAt, type Quirks, STANDARD } from '../quirks.ts';

const COGNITO_DOMAIN = 'https://notes.auth.eu-west-1.amazoncognito.com';
const COGNITO_ISSUER = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Notes';
const OKTA_DOMAIN = 'https://notes.okta.com';
const GITLAB_ISSUER = 'https://gitlab.com';
const SALESFORCE_ISSUER = 'https://notes.my.salesforce.com';

/** Returns the quirks of Okta: the endpoints of its two kinds of servers differ by their base. */
function oktaAt(issuer: string, base: string): Quirks {
  return {
    ...STANDARD,
    issuer,
    endpoints: {
      metadata: `${issuer}/.well-known/openid-configuration`,
      ...endpointsAt(base, {
        authorization: '/v1/authorize',
        token: '/v1/token',
        keys: '/v1/keys',
        user: '/v1/userinfo',
        revocation: '/v1/revoke',
        endSession: '/v1/logout',
        // Without CORS, as the most unfavourable case: the documentation does not say.
        pushed: '/v1/par',
      }),
    },
    metadata: {
      code_challenge_methods_supported: ['S256'],
      id_token_signing_alg_values_supported: ['RS256'],
      dpop_signing_alg_values_supported: ['RS256', 'ES256'],
      registration_endpoint: `${OKTA_DOMAIN}/oauth2/v1/clients`,
    },
    claims: { ver: 1, idp: '00o1' },
    refusal: {
      status: 400,
      body: { error: 'invalid_grant', error_description: 'The refresh token is invalid or expired.' },
    },
  };
}

const OKTA_SOURCES = [
  'https://developer.okta.com/docs/api/openapi/okta-oauth/oauth/orgas/getwellknownopenidconfiguration',
];

/** Services with public clients. */
export const SERVICE_ROWS: readonly ProviderRow[] = [
  {
    profile: COGNITO,
    sources: ['https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html'],
    quirks: {
      ...STANDARD,
      issuer: COGNITO_ISSUER,
      endpoints: {
        ...endpointsAt(COGNITO_ISSUER, {
          metadata: '/.well-known/openid-configuration',
          keys: '/.well-known/jwks.json',
        }),
        ...endpointsAt(COGNITO_DOMAIN, {
          authorization: '/oauth2/authorize',
          token: '/oauth2/token',
          user: '/oauth2/userInfo',
          revocation: '/oauth2/revoke',
          endSession: '/logout',
        }),
      },
      metadata: { id_token_signing_alg_values_supported: ['RS256'], response_types_supported: ['code', 'token'] },
      refreshTokenFor: 'always',
      claims: { token_use: 'id', 'cognito:username': 'ada' },
      tokenResponse: { scope: undefined },
      refusal: { status: 400, body: { error: 'invalid_grant' } },
      signOut: { client: 'client_id', returnTo: 'logout_uri' },
    },
    expected: { claims: { 'cognito:username': 'ada' } },
  },
  {
    profile: OKTA,
    sources: OKTA_SOURCES,
    quirks: oktaAt(`${OKTA_DOMAIN}/oauth2/default`, `${OKTA_DOMAIN}/oauth2/default`),
    expected: {},
  },
  { profile: OKTA_ORG, sources: OKTA_SOURCES, quirks: oktaAt(OKTA_DOMAIN, `${OKTA_DOMAIN}/oauth2`), expected: {} },
  {
    profile: GITLAB,
    sources: ['https://gitlab.com/.well-known/openid-configuration'],
    quirks: {
      ...STANDARD,
      issuer: GITLAB_ISSUER,
      endpoints: endpointsAt(GITLAB_ISSUER, {
        metadata: '/.well-known/openid-configuration',
        authorization: '/oauth/authorize',
        token: '/oauth/token',
        keys: '/oauth/discovery/keys',
        user: '/oauth/userinfo',
        revocation: '/oauth/revoke',
      }),
      metadata: {
        id_token_signing_alg_values_supported: ['RS256'],
        code_challenge_methods_supported: ['plain', 'S256'],
      },
      refreshTokenFor: 'always',
      accessToken: 'opaque',
      tokenResponse: { created_at: 1607635748 },
    },
    expected: {},
  },
  {
    profile: SALESFORCE,
    sources: ['https://jsforce.github.io/jsforce/types/oauth2.TokenResponse.html'],
    quirks: {
      ...STANDARD,
      issuer: SALESFORCE_ISSUER,
      endpoints: endpointsAt(SALESFORCE_ISSUER, {
        metadata: '/.well-known/openid-configuration',
        authorization: '/services/oauth2/authorize',
        token: '/services/oauth2/token',
        keys: '/id/keys',
        user: '/services/oauth2/userinfo',
        revocation: '/services/oauth2/revoke',
        endSession: '/services/auth/idp/oidc/logout',
      }),
      metadata: { id_token_signing_alg_values_supported: ['RS256'] },
      refreshTokenFor: { scope: 'refresh_token' },
      accessToken: 'opaque',
      promptNone: 'unknown',
      // No lifetime, and a text of milliseconds.
      tokenResponse: {
        expires_in: undefined,
        issued_at: '1796126000000',
        instance_url: SALESFORCE_ISSUER,
        id: `${SALESFORCE_ISSUER}/id/00D/005`,
        signature: 'c2lnbmF0dXJl',
      },
      refusal: { status: 400, body: { error: 'invalid_grant', error_description: 'expired access/refresh token' } },
      signOut: {},
    },
    expected: { silentRenewal: 'page' },
  },
];
