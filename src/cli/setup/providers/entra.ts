import { APP, type Provider, REDIRECT_URI, SIGNED_OUT_URI } from './provider.ts';

const CODE_FLOW = 'https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow';
const OPENID = 'https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc';

const REGISTER = [
  { setting: 'App registrations, Authentication, Add a platform', value: 'Single-page application' },
  { setting: 'Redirect URIs', value: `${REDIRECT_URI} and, for the sign-out, ${SIGNED_OUT_URI}` },
  { setting: 'Implicit grant and hybrid flows', value: 'both boxes empty' },
  { setting: 'API permissions', value: 'the scope of your API' },
];

const LIMITS = [
  'A token is for one API, which its scope names. There is no audience parameter.',
  'The refresh token ends 24 hours after the sign-in, though it is used. The session is then `signed-out` with the reason ' +
    '`refused`. A new sign-in usually asks the user nothing.',
  'There is no revocation endpoint: a refresh token that was stolen before a sign-out stays valid until it ends.',
  '`userinfo()` fails, because its endpoint takes tokens for Microsoft Graph only. The claims of the ID token are in `session.claims`.',
];

const FACTS = [
  {
    fact: 'Browsers can read the token endpoint (CORS) only with a redirect URI of the type `spa`.',
    source: CODE_FLOW,
  },
  { fact: 'The refresh token of such a redirect URI ends 24 hours after the first one.', source: CODE_FLOW },
  {
    fact: '`prompt=none` is answered with a redirect; the sign-out goes to the `end_session_endpoint` with a registered redirect URI.',
    source: OPENID,
  },
  {
    fact: 'The UserInfo endpoint is part of Microsoft Graph, and takes its tokens.',
    source: 'https://learn.microsoft.com/entra/identity-platform/userinfo',
  },
];

export const ENTRA: Provider = {
  name: 'entra',
  title: 'Microsoft Entra ID, one tenant',
  placeholders: {
    TENANT_ID: 'the Directory (tenant) ID',
    API_ID: 'the Application (client) ID of the API',
    CLIENT_ID: 'the Application (client) ID',
  },
  configuration: {
    ...APP,
    issuer: 'https://login.microsoftonline.com/TENANT_ID/v2.0',
    clientId: 'CLIENT_ID',
    scopes: ['openid', 'profile', 'offline_access', 'api://API_ID/Notes.Read'],
  },
  refreshTokens: '`offline_access`, for 24 hours',
  hasSilentRenewal: true,
  signOut: 'provider',
  register: REGISTER,
  limits: LIMITS,
  facts: FACTS,
};

export const ENTRA_MULTI_TENANT: Provider = {
  name: 'entra-multi-tenant',
  title: 'Microsoft Entra ID, many tenants',
  placeholders: {
    TENANT_ID: 'the ID of an allowed tenant; or remove "tenants", so that every tenant may sign in',
    API_ID: 'the Application (client) ID of the API',
    CLIENT_ID: 'the Application (client) ID',
  },
  configuration: {
    ...APP,
    issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
    clientId: 'CLIENT_ID',
    scopes: ['openid', 'profile', 'offline_access', 'api://API_ID/Notes.Read'],
    authorizationServer: {
      metadataUrl: 'https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration',
      tenants: ['TENANT_ID'],
    },
  },
  refreshTokens: '`offline_access`, for 24 hours',
  hasSilentRenewal: true,
  signOut: 'provider',
  register: [{ setting: 'Supported account types', value: 'Accounts in any organizational directory' }, ...REGISTER],
  limits: [...LIMITS, 'The API must check the tenant (`tid`) of each access token itself.'],
  facts: [
    ...FACTS,
    {
      fact: 'The issuer of `organizations` is a template with `{tenantid}`; the claim `tid` names the tenant.',
      source: 'https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference',
    },
  ],
};

export const ENTRA_EXTERNAL_ID: Provider = {
  name: 'entra-external-id',
  title: 'Microsoft Entra External ID',
  placeholders: {
    TENANT_NAME: 'the first label of the domain of the tenant',
    TENANT_ID: 'the Directory (tenant) ID',
    API_ID: 'the Application (client) ID of the API',
    CLIENT_ID: 'the Application (client) ID',
  },
  configuration: {
    ...APP,
    issuer: 'https://TENANT_ID.ciamlogin.com/TENANT_ID/v2.0',
    clientId: 'CLIENT_ID',
    scopes: ['openid', 'profile', 'offline_access', 'api://API_ID/Notes.Read'],
    authorizationServer: {
      metadataUrl: 'https://TENANT_NAME.ciamlogin.com/TENANT_ID/v2.0/.well-known/openid-configuration',
    },
    authorizationServers: ['https://TENANT_NAME.ciamlogin.com'],
  },
  refreshTokens: '`offline_access`, for 24 hours',
  hasSilentRenewal: true,
  signOut: 'provider',
  register: [...REGISTER, { setting: 'User flows', value: 'one that the application is added to' }],
  limits: [
    ...LIMITS,
    'The host of the issuer is the ID of the tenant, and that of the endpoints its name. So the configuration names both.',
  ],
  facts: [
    ...FACTS,
    {
      fact: 'The metadata are at the host with the name of the tenant, and the issuer in them has its ID.',
      source: 'https://learn.microsoft.com/entra/identity-platform/security-tokens',
    },
  ],
};
