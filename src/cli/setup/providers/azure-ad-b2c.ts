import { APP, type Provider, REDIRECT_URI, SIGNED_OUT_URI } from './provider.ts';

const TOKENS = 'https://learn.microsoft.com/azure/active-directory-b2c/configure-tokens';
const CODE_FLOW = 'https://learn.microsoft.com/azure/active-directory-b2c/authorization-code-flow';

const PLACEHOLDERS = {
  TENANT_NAME: 'the name of the tenant',
  TENANT_ID: 'the ID of the tenant',
  POLICY: 'the user flow or policy that signs in, such as B2C_1_sign_in',
  CLIENT_ID: 'the Application (client) ID',
};

const COMMON = {
  ...APP,
  clientId: 'CLIENT_ID',
  scopes: ['openid', 'offline_access', 'https://TENANT_NAME.onmicrosoft.com/api/Notes.Read'],
};

const REGISTER = [
  { setting: 'App registrations, Authentication, Add a platform', value: 'Single-page application' },
  { setting: 'Redirect URIs', value: `${REDIRECT_URI} and, for the sign-out, ${SIGNED_OUT_URI}` },
  { setting: 'API permissions', value: 'the scope of your API, with the consent of the administrator' },
];

const LIMITS = [
  'A scope of your API is needed: without one the token response has no access token.',
  'The configuration is for one policy. A second one, such as the change of a password, is another authorization server.',
  'The refresh token ends 24 hours after the sign-in, though it is used.',
  'There is no revocation endpoint, and no UserInfo endpoint unless a custom policy adds one.',
];

const FACTS = [
  {
    fact: 'The refresh token of a single-page application ends 24 hours after the first one.',
    source: 'https://learn.microsoft.com/azure/active-directory-b2c/tokens-overview',
  },
  {
    fact: 'Public clients use PKCE; a redirect URI of the type `spa` has CORS at the token endpoint.',
    source: CODE_FLOW,
  },
  {
    fact: 'The issuer has the ID of the tenant, or also `tfp` and the policy, by a setting of the user flow.',
    source: TOKENS,
  },
  {
    fact: 'The sign-out goes to the `end_session_endpoint` of the policy with `post_logout_redirect_uri`.',
    source: 'https://learn.microsoft.com/azure/active-directory-b2c/openid-connect',
  },
];

export const AZURE_AD_B2C: Provider = {
  name: 'azure-ad-b2c',
  title: 'Azure AD B2C, default issuer',
  placeholders: PLACEHOLDERS,
  configuration: {
    ...COMMON,
    issuer: 'https://TENANT_NAME.b2clogin.com/TENANT_ID/v2.0/',
    authorizationServer: {
      metadataUrl:
        'https://TENANT_NAME.b2clogin.com/TENANT_NAME.onmicrosoft.com/POLICY/v2.0/.well-known/openid-configuration',
    },
  },
  refreshTokens: '`offline_access`, for 24 hours',
  hasSilentRenewal: true,
  signOut: 'provider',
  register: [...REGISTER, { setting: 'User flow, Properties, Issuer (iss) claim', value: 'the one without `tfp`' }],
  limits: [...LIMITS, 'No metadata are at the issuer: they are at a URL for each policy.'],
  facts: FACTS,
};

export const AZURE_AD_B2C_COMPATIBLE: Provider = {
  name: 'azure-ad-b2c-compatible',
  title: 'Azure AD B2C, issuer with the policy',
  placeholders: PLACEHOLDERS,
  configuration: { ...COMMON, issuer: 'https://TENANT_NAME.b2clogin.com/tfp/TENANT_ID/POLICY/v2.0/' },
  refreshTokens: '`offline_access`, for 24 hours',
  hasSilentRenewal: true,
  signOut: 'provider',
  register: [...REGISTER, { setting: 'User flow, Properties, Issuer (iss) claim', value: 'the one with `tfp`' }],
  limits: LIMITS,
  facts: FACTS,
};
