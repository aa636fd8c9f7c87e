import { CURITY } from '../../../../src/cli/setup/providers/curity.ts';
import { DUENDE } from '../../../../src/cli/setup/providers/duende.ts';
import { FUSIONAUTH } from '../../../../src/cli/setup/providers/fusionauth.ts';
import { AUTHELIA } from '../../../../src/cli/setup/providers/authelia.ts';
import { KEYCLOAK } from '../../../../src/cli/setup/providers/keycloak.ts';
import { PINGFEDERATE } from '../../../../src/cli/setup/providers/pingfederate.ts';
import type { ProviderRow } from '../provider-row.ts';
import { endpointsAt, type Quirks, STANDARD } from '../quirks.ts';

const KEYCLOAK_ISSUER = 'https://keycloak.example/realms/notes';
const DUENDE_ISSUER = 'https://identity.example';
const PING_ISSUER = 'https://sso.example';
const CURITY_BASE = 'https://login.example/oauth/v2';
const FUSIONAUTH_ISSUER = 'https://fusionauth.example';
const AUTHELIA_ISSUER = 'https://auth.example';

const PING: Quirks = {
  ...STANDARD,
  issuer: PING_ISSUER,
  endpoints: endpointsAt(PING_ISSUER, {
    metadata: '/.well-known/openid-configuration',
    authorization: '/as/authorization.oauth2',
    token: '/as/token.oauth2',
    keys: '/pf/JWKS',
    user: '/idp/userinfo.openid',
    revocation: '/as/revoke_token.oauth2',
    endSession: '/idp/init_logout.openid',
    // No CORS there: the request goes by the URL instead.
    pushed: '/as/par.oauth2',
  }),
  metadata: {
    version: '3.0',
    end_session_endpoint: undefined,
    ping_end_session_endpoint: `${PING_ISSUER}/idp/startSLO.ping`,
    ping_revoked_sris_endpoint: `${PING_ISSUER}/pf-ws/rest/sessionMgmt/revokedSris`,
    code_challenge_methods_supported: ['plain', 'S256'],
    id_token_signing_alg_values_supported: ['none', 'HS256', 'RS256', 'ES256', 'PS256'],
  },
  refreshTokenFor: 'always',
  accessToken: 'opaque',
  tokenResponse: { scope: undefined },
};

const FUSIONAUTH_QUIRKS: Quirks = {
  ...STANDARD,
  issuer: FUSIONAUTH_ISSUER,
  endpoints: endpointsAt(FUSIONAUTH_ISSUER, {
    metadata: '/.well-known/openid-configuration',
    authorization: '/oauth2/authorize',
    token: '/oauth2/token',
    keys: '/.well-known/jwks.json',
    user: '/oauth2/userinfo',
    endSession: '/oauth2/logout',
  }),
  metadata: { id_token_signing_alg_values_supported: ['ES256', 'HS256', 'RS256'] },
  tokenResponse: {
    userId: '00000000-0000-4000-8000-000000000ada',
    refresh_token_id: 'dafe3a13-6a3a-4ef9-b9a1-3e1f1e1f1e1f',
  },
  refusal: {
    status: 400,
    body: {
      error: 'invalid_grant',
      error_reason: 'refresh_token_not_found',
      error_description: 'Unable to find a refresh token for the provided token value',
    },
  },
};

/** Servers that an organization runs itself. */
export const PRODUCT_ROWS: readonly ProviderRow[] = [
  {
    profile: KEYCLOAK,
    sources: [
      'https://github.com/keycloak/keycloak/blob/main/core/src/main/java/org/keycloak/representations/AccessTokenResponse.java',
    ],
    quirks: {
      ...STANDARD,
      issuer: KEYCLOAK_ISSUER,
      endpoints: endpointsAt(KEYCLOAK_ISSUER, {
        metadata: '/.well-known/openid-configuration',
        authorization: '/protocol/openid-connect/auth',
        token: '/protocol/openid-connect/token',
        keys: '/protocol/openid-connect/certs',
        user: '/protocol/openid-connect/userinfo',
        revocation: '/protocol/openid-connect/revoke',
        endSession: '/protocol/openid-connect/logout',
        pushed: '/protocol/openid-connect/ext/par/request',
      }),
      metadata: {
        frontchannel_logout_supported: true,
        code_challenge_methods_supported: ['plain', 'S256'],
        id_token_signing_alg_values_supported: ['PS384', 'RS384', 'EdDSA', 'ES384', 'HS256', 'HS512', 'ES256', 'RS256'],
        authorization_response_iss_parameter_supported: true,
        require_pushed_authorization_requests: false,
        mtls_endpoint_aliases: { token_endpoint: `${KEYCLOAK_ISSUER}/protocol/openid-connect/token` },
      },
      refreshTokenFor: 'always',
      tokenResponse: { 'not-before-policy': 0, session_state: '6d2a1e66', refresh_expires_in: 1800 },
      refusal: { status: 400, body: { error: 'invalid_grant', error_description: 'Token is not active' } },
    },
    expected: {},
  },
  {
    profile: DUENDE,
    sources: ['https://docs.duendesoftware.com/identityserver/reference/endpoints/token'],
    quirks: {
      ...STANDARD,
      issuer: DUENDE_ISSUER,
      endpoints: endpointsAt(DUENDE_ISSUER, {
        metadata: '/.well-known/openid-configuration',
        authorization: '/connect/authorize',
        token: '/connect/token',
        keys: '/.well-known/openid-configuration/jwks',
        user: '/connect/userinfo',
        revocation: '/connect/revocation',
        endSession: '/connect/endsession',
        pushed: '/connect/par',
      }),
      metadata: {
        check_session_iframe: `${DUENDE_ISSUER}/connect/checksession`,
        code_challenge_methods_supported: ['plain', 'S256'],
        id_token_signing_alg_values_supported: ['RS256'],
        authorization_response_iss_parameter_supported: true,
      },
      refusal: { status: 400, body: { error: 'invalid_grant' } },
    },
    expected: {},
  },
  {
    profile: PINGFEDERATE,
    sources: [
      'https://docs.pingidentity.com/pingfederate/latest/developers_reference_guide/pf_openid_provider_config_endpoint.html',
    ],
    quirks: PING,
    expected: {},
  },
  {
    profile: PINGFEDERATE,
    variant: {
      name: 'before 12.0',
      configuration: {
        endSession: {
          url: 'https://sso.example/idp/startSLO.ping',
          parameters: { TargetResource: 'https://app.example/' },
        },
      },
    },
    sources: ['https://gist.github.com/kukat/ec81476a6e8c988d4ecff666ec48728d'],
    quirks: {
      ...PING,
      endpoints: { ...PING.endpoints, endSession: `${PING_ISSUER}/idp/startSLO.ping`, pushed: undefined },
      signOut: { returnTo: 'TargetResource' },
    },
    expected: {},
  },
  {
    profile: CURITY,
    sources: ['https://curity.io/resources/learn/openid-code-flow/'],
    quirks: {
      ...STANDARD,
      issuer: `${CURITY_BASE}/oauth-anonymous`,
      endpoints: endpointsAt(CURITY_BASE, {
        metadata: '/oauth-anonymous/.well-known/openid-configuration',
        authorization: '/oauth-authorize',
        token: '/oauth-token',
        keys: '/oauth-anonymous/jwks',
        user: '/oauth-userinfo',
        revocation: '/oauth-revoke',
        endSession: '/oauth-session/logout',
        pushed: '/oauth-authorize/par',
      }),
      metadata: {
        code_challenge_methods_supported: ['S256', 'plain'],
        id_token_signing_alg_values_supported: ['RS256'],
        authorization_response_iss_parameter_supported: true,
      },
      refreshTokenFor: 'always',
      accessToken: 'opaque',
      claims: { purpose: 'id' },
      tokenResponse: { token_type: 'bearer' },
    },
    expected: {},
  },
  {
    profile: FUSIONAUTH,
    sources: ['https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/endpoints'],
    quirks: FUSIONAUTH_QUIRKS,
    expected: {},
  },
  {
    profile: FUSIONAUTH,
    variant: { name: 'before 1.60', configuration: {} },
    sources: ['https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/prompt'],
    quirks: { ...FUSIONAUTH_QUIRKS, promptNone: 'unknown' },
    expected: { silentRenewal: 'page' },
  },
  {
    profile: AUTHELIA,
    sources: ['https://www.authelia.com/integration/openid-connect/introduction/'],
    quirks: {
      ...STANDARD,
      issuer: AUTHELIA_ISSUER,
      endpoints: endpointsAt(AUTHELIA_ISSUER, {
        metadata: '/.well-known/openid-configuration',
        authorization: '/api/oidc/authorization',
        token: '/api/oidc/token',
        keys: '/jwks.json',
        user: '/api/oidc/userinfo',
        revocation: '/api/oidc/revocation',
        pushed: '/api/oidc/pushed-authorization-request',
      }),
      readable: [...STANDARD.readable, 'pushed'],
      metadata: {
        code_challenge_methods_supported: ['S256'],
        id_token_signing_alg_values_supported: ['RS256', 'ES256', 'none'],
        authorization_response_iss_parameter_supported: true,
      },
      accessToken: 'opaque',
      consent: 'always',
      tokenResponse: { token_type: 'bearer' },
    },
    expected: {
      silentRenewal: 'consent_required',
    },
  },
];
