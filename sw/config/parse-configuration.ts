import type { Endpoints } from '../../src/protocol/worker-api.ts';
import { coversPath } from '../fetch/path.ts';
import type { ProtectedResource } from '../fetch/protected-resource.ts';
import type { TokenwardOptions } from './configuration.ts';
import { parseChoice, parseFields, parseInteger, parseSecureUrl, parseText, parseTexts, parseUrl, refuse } from './field.ts';
import { parseProtectedResources, parseWithoutSession } from './parse-protected-resource.ts';

/** The configuration after it was checked; frozen. */
export interface Configuration {
  readonly issuer: URL;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly protectedResources: readonly ProtectedResource[];
  readonly redirectUri: string;
  readonly registrationScope: string;
  readonly endpoints: Endpoints;
  readonly authorizationParameters: Readonly<Record<string, string>>;
  readonly parametersFromPage: readonly string[];
  readonly postLogoutRedirectUri: string;
  readonly adoption: 'refuse' | 'allow';
  readonly refreshBeforeExpiryMs: number;
  readonly requestTimeoutMs: number;
}

type Field = keyof TokenwardOptions;

const FIELDS: readonly Field[] = [
  'issuer',
  'clientId',
  'protectedResources',
  'scopes',
  'redirectUri',
  'endpointPath',
  'registrationScope',
  'authorizationParameters',
  'parametersFromPage',
  'postLogoutRedirectUri',
  'withoutSession',
  'adoption',
  'refreshBeforeExpirySeconds',
  'requestTimeoutMs',
];

/** The authorization request parameters that the flow itself sets (RFC 6749, 7636, 9101; OpenID Connect Core). */
const RESERVED_PARAMETERS: readonly string[] = [
  'client_id',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'redirect_uri',
  'request',
  'request_uri',
  'response_mode',
  'response_type',
  'scope',
  'state',
];

/**
 * Checks the configuration and freezes it.
 *
 * @param options what the worker's own file gave
 * @param origin the worker's origin
 * @returns the configuration with every default filled in
 * @throws {@link TokenwardError} `configuration_invalid`, whose message names the field
 */
export function parseConfiguration(options: unknown, origin: string): Configuration {
  const fields = parseFields('options', options, FIELDS);
  const get = <T>(field: Field, parse: (field: string, value: unknown) => T, fallback: T): T =>
    fields.has(field) ? parse(field, fields.get(field)) : fallback;

  const issuer = parseSecureUrl('issuer', fields.get('issuer'));
  if (issuer.search !== '') refuse('issuer', 'a URL without a query (RFC 8414, section 2)');

  const registrationScope = parseOwnUrl('registrationScope', fields.get('registrationScope') ?? '/', origin);
  const endpointPath = parseOwnUrl('endpointPath', fields.get('endpointPath') ?? '/auth', origin).pathname.replace(/\/$/, '');
  const redirectUri = parseOwnUrl('redirectUri', fields.get('redirectUri') ?? `${endpointPath}/callback`, origin);
  for (const [field, path] of [['redirectUri', redirectUri.pathname], ['endpointPath', `${endpointPath}/`]] as const) {
    // The scope is a plain string prefix (Service Workers, "Match Service Worker Registration").
    if (!path.startsWith(registrationScope.pathname)) refuse(field, `inside the registration scope ${registrationScope.pathname}`);
  }

  const scopes = get('scopes', parseTexts, ['openid', 'offline_access']);
  if (!scopes.includes('openid') || scopes.some((scope) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))) {
    refuse('scopes', 'a list with "openid" in it, each a scope token of RFC 6749, section 3.3');
  }
  const parametersFromPage = get('parametersFromPage', parseTexts, []);
  refuseReserved('parametersFromPage', parametersFromPage);

  const protectedResources = parseProtectedResources(
    fields.get('protectedResources'),
    origin,
    get('withoutSession', parseWithoutSession, 'pass'),
  );
  for (const [index, resource] of protectedResources.entries()) {
    if (resource.origin === issuer.origin && coversPath(resource.path, issuer.pathname)) {
      refuse(`protectedResources[${index}].url`, 'narrower: it covers the authorization server itself');
    }
  }

  return Object.freeze({
    issuer,
    clientId: parseText('clientId', fields.get('clientId')),
    scopes,
    protectedResources,
    redirectUri: redirectUri.href,
    registrationScope: registrationScope.href,
    endpoints: Object.freeze({
      login: `${endpointPath}/login`,
      logout: `${endpointPath}/logout`,
      session: `${endpointPath}/session`,
      callback: redirectUri.pathname,
    }),
    authorizationParameters: get('authorizationParameters', parseParameters, {}),
    parametersFromPage,
    postLogoutRedirectUri: parseOwnUrl('postLogoutRedirectUri', fields.get('postLogoutRedirectUri') ?? '/', origin).href,
    adoption: get('adoption', (field, value) => parseChoice(field, value, ['refuse', 'allow']), 'refuse'),
    refreshBeforeExpiryMs:
      1000 * get('refreshBeforeExpirySeconds', (field, value) => parseInteger(field, value, 0, 3600), 10),
    requestTimeoutMs: get('requestTimeoutMs', (field, value) => parseInteger(field, value, 100, 120_000), 15_000),
  });
}

/** A URL of the app's own origin, without a query. */
function parseOwnUrl(field: string, value: unknown, origin: string): URL {
  const url = parseUrl(field, value, origin);
  return url.origin === origin && url.search === '' ? url : refuse(field, "a URL of the app's own origin, without a query");
}

function parseParameters(field: string, value: unknown): Readonly<Record<string, string>> {
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  refuseReserved(field, names);
  const entries = [...parseFields(field, value, names)].map(([name, item]) => [name, parseText(`${field}.${name}`, item)]);
  return Object.freeze(Object.fromEntries(entries));
}

function refuseReserved(field: string, names: readonly string[]): void {
  const reserved = names.find((name) => RESERVED_PARAMETERS.includes(name));
  if (reserved !== undefined) refuse(`${field}.${reserved}`, 'absent: the flow itself sets it');
}
