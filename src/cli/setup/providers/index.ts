import { ADFS } from './adfs.ts';
import { APPLE } from './apple.ts';
import { AUTH0, AUTH0_ORGANIZATIONS } from './auth0.ts';
import { AUTHELIA } from './authelia.ts';
import { AZURE_AD_B2C, AZURE_AD_B2C_COMPATIBLE } from './azure-ad-b2c.ts';
import { COGNITO } from './cognito.ts';
import { CURITY } from './curity.ts';
import { DUENDE } from './duende.ts';
import { ENTRA, ENTRA_EXTERNAL_ID, ENTRA_MULTI_TENANT } from './entra.ts';
import { FUSIONAUTH } from './fusionauth.ts';
import { GITHUB } from './github.ts';
import { GITLAB } from './gitlab.ts';
import { GOOGLE } from './google.ts';
import { KEYCLOAK } from './keycloak.ts';
import { OKTA, OKTA_ORG } from './okta.ts';
import { PINGFEDERATE } from './pingfederate.ts';
import type { Provider } from './provider.ts';
import { SALESFORCE } from './salesforce.ts';
import { SLACK } from './slack.ts';

/** Profiles of all providers, in the order of the documentation. */
export const PROVIDERS: readonly Provider[] = [
  AUTH0,
  AUTH0_ORGANIZATIONS,
  ENTRA,
  ENTRA_MULTI_TENANT,
  ENTRA_EXTERNAL_ID,
  AZURE_AD_B2C,
  AZURE_AD_B2C_COMPATIBLE,
  COGNITO,
  GOOGLE,
  KEYCLOAK,
  OKTA,
  OKTA_ORG,
  DUENDE,
  PINGFEDERATE,
  CURITY,
  FUSIONAUTH,
  GITLAB,
  GITHUB,
  SALESFORCE,
  SLACK,
  ADFS,
  AUTHELIA,
  APPLE,
];
