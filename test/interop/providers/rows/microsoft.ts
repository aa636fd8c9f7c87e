import { ADFS } from '../../../../src/cli/setup/providers/adfs.ts';
import { AZURE_AD_B2C, AZURE_AD_B2C_COMPATIBLE } from '../../../../src/cli/setup/providers/azure-ad-b2c.ts';
import { ENTRA, ENTRA_EXTERNAL_ID, ENTRA_MULTI_TENANT } from '../../../../src/cli/setup/providers/entra.ts';
import type { ProviderRow } from '../provider-row.ts';
import { endpointsAt, type Quirks, STANDARD } from '../quirks.ts';

const TENANT = '72f988bf-0000-4000-8000-000000000000';
const OTHER_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';
const LOGIN = 'https://login.microsoftonline.com';
const CIAM = 'https://notes.ciamlogin.com';
const B2C = 'https://notes.b2clogin.com';
const ADFS_BASE = 'https://adfs.example/adfs';

const DISCOVERY = 'https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc';
const CODE_FLOW = 'https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow';

/** Returns the quirks of Entra at a host, for one tenant or a path that stands for many. */
function entraAt(host: string, tenant: string): Quirks {
  return {
    ...STANDARD,
    issuer: `${LOGIN}/${TENANT}/v2.0`,
    endpoints: {
      ...endpointsAt(`${host}/${tenant}`, {
        metadata: '/v2.0/.well-known/openid-configuration',
        authorization: '/oauth2/v2.0/authorize',
        token: '/oauth2/v2.0/token',
        keys: '/discovery/v2.0/keys',
        endSession: '/oauth2/v2.0/logout',
      }),
      user: 'https://graph.microsoft.com/oidc/userinfo',
    },
    // No code_challenge_methods_supported, although there is PKCE.
    metadata: {
      tenant_region_scope: 'EU',
      cloud_instance_name: 'microsoftonline.com',
      msgraph_host: 'graph.microsoft.com',
      rbac_url: 'https://pas.windows.net',
      http_logout_supported: true,
      id_token_signing_alg_values_supported: ['RS256'],
    },
    claims: { tid: TENANT, ver: '2.0', oid: '00000000-0000-4000-8000-000000000ada' },
    tokenResponse: { ext_expires_in: 5078, client_info: 'eyJ1aWQiOiIxIn0' },
    refusal: {
      status: 400,
      body: {
        error: 'invalid_grant',
        error_description: 'AADSTS700084: The refresh token was issued to a single page app (SPA)',
        error_codes: [700084],
        suberror: 'bad_token',
      },
    },
  };
}

const B2C_PATHS = {
  authorization: '/oauth2/v2.0/authorize',
  token: '/oauth2/v2.0/token',
  keys: '/discovery/v2.0/keys',
  endSession: '/oauth2/v2.0/logout',
};

/** Returns the quirks of Azure AD B2C with one of its two issuers. */
function b2cWith(issuer: string, metadata: string): Quirks {
  return {
    ...STANDARD,
    issuer,
    endpoints: { metadata, ...endpointsAt(`${B2C}/notes.onmicrosoft.com/b2c_1_sign_in`, B2C_PATHS) },
    metadata: { id_token_signing_alg_values_supported: ['RS256'], claims_supported: ['tfp', 'oid', 'sub', 'iss'] },
    claims: { tfp: 'B2C_1_sign_in', ver: '1.0' },
    // All of them texts.
    tokenResponse: {
      expires_in: '3600',
      not_before: '1442340812',
      expires_on: '1442344412',
      id_token_expires_in: '3600',
    },
    refusal: {
      status: 400,
      body: { error: 'invalid_grant', error_description: 'AADB2C90080: The provided grant has expired.' },
    },
  };
}

const B2C_SOURCES = [
  'https://learn.microsoft.com/azure/active-directory-b2c/authorization-code-flow',
  'https://learn.microsoft.com/azure/active-directory-b2c/error-codes',
  'https://learn.microsoft.com/en-us/answers/questions/877384/azure-active-directory-b2c-authorization-code-flow',
];

/** Servers of Microsoft. */
export const MICROSOFT_ROWS: readonly ProviderRow[] = [
  {
    profile: ENTRA,
    sources: [DISCOVERY, CODE_FLOW],
    quirks: entraAt(LOGIN, TENANT),
    expected: { claims: { tid: TENANT } },
  },
  {
    profile: ENTRA_MULTI_TENANT,
    sources: [
      DISCOVERY,
      CODE_FLOW,
      'https://learn.microsoft.com/entra/identity-platform/access-tokens#multitenant-applications',
    ],
    quirks: {
      ...entraAt(LOGIN, 'organizations'),
      metadata: { ...entraAt(LOGIN, 'organizations').metadata, issuer: `${LOGIN}/{tenantid}/v2.0` },
    },
    expected: {
      claims: { tid: TENANT, iss: `${LOGIN}/${TENANT}/v2.0` },
      // The issuer of another tenant than the token names, and a tenant that is not allowed.
      forgeries: [{ tid: OTHER_TENANT }, { tid: OTHER_TENANT, iss: `${LOGIN}/${OTHER_TENANT}/v2.0` }],
    },
  },
  {
    profile: ENTRA_EXTERNAL_ID,
    sources: [DISCOVERY],
    quirks: { ...entraAt(CIAM, TENANT), issuer: `https://${TENANT}.ciamlogin.com/${TENANT}/v2.0` },
    expected: { claims: { tid: TENANT } },
  },
  {
    profile: AZURE_AD_B2C,
    sources: B2C_SOURCES,
    quirks: b2cWith(
      `${B2C}/${TENANT}/v2.0/`,
      `${B2C}/notes.onmicrosoft.com/B2C_1_sign_in/v2.0/.well-known/openid-configuration`,
    ),
    expected: { claims: { tfp: 'B2C_1_sign_in' } },
  },
  {
    profile: AZURE_AD_B2C_COMPATIBLE,
    sources: B2C_SOURCES,
    quirks: b2cWith(
      `${B2C}/tfp/${TENANT}/B2C_1_sign_in/v2.0/`,
      `${B2C}/tfp/${TENANT}/B2C_1_sign_in/v2.0/.well-known/openid-configuration`,
    ),
    expected: { claims: { tfp: 'B2C_1_sign_in' } },
  },
  {
    profile: ADFS,
    sources: [
      'https://learn.microsoft.com/windows-server/identity/ad-fs/development/ad-fs-openid-connect-oauth-concepts',
      'https://learn.microsoft.com/openspecs/windows_protocols/ms-oidce/718379cf-8bc1-487e-962d-208aeb8e70ee',
    ],
    quirks: {
      ...STANDARD,
      issuer: ADFS_BASE,
      endpoints: endpointsAt(ADFS_BASE, {
        metadata: '/.well-known/openid-configuration',
        authorization: '/oauth2/authorize/',
        token: '/oauth2/token/',
        keys: '/discovery/keys',
        user: '/userinfo',
        endSession: '/oauth2/logout',
      }),
      metadata: {
        access_token_issuer: 'http://adfs.example/adfs/services/trust',
        id_token_signing_alg_values_supported: ['RS256'],
        capabilities: ['winhello_cert', 'winhello_cert_kr'],
        as_access_token_token_binding_supported: true,
        microsoft_multi_refresh_token: true,
      },
      refreshTokenFor: 'always',
      rotation: 'never',
      tokenResponse: { token_type: 'bearer', resource: 'https://notes-api.example', refresh_token_expires_in: 28799 },
      refusal: {
        status: 400,
        body: { error: 'invalid_grant', error_description: 'MSIS9615: The refresh token is invalid.' },
      },
    },
    expected: { parameters: { resource: 'https://notes-api.example' } },
  },
];
