import { literalFolder } from '../../configuration/path.ts';
import { ENDPOINT_FOLDER } from '../../protocol/default-names.ts';
import { hasMembers, isStringList } from '../../protocol/json.ts';

/** Protected resource as far as a probe from outside can see it. */
export interface ExaminedResource {
  /** URL to probe: the resource's URL up to the beginning of a pattern. */
  readonly url: string;
  readonly methods: readonly string[];
  /** Whether its requests carry a DPoP proof. */
  readonly isBound: boolean;
  readonly destinations: readonly string[];
}

/** Configuration of the worker, with its defaults. */
export interface ExaminedConfiguration {
  readonly issuer: string | undefined;
  readonly clientId: string | undefined;
  readonly resources: readonly ExaminedResource[];
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  readonly endpointPath: string;
  readonly registrationScope: string;
  readonly responseType: string;
  readonly responseMode: string;
  readonly pushedAuthorizationRequests: string;
  readonly dpop: string;
  readonly adoption: string;
  readonly withoutSecret: string;
  /** Members that the script computes and that the doctor therefore cannot read. */
  readonly unread: readonly string[];
}

/** Members of the authorization server's metadata (RFC 8414, section 2). */
export type Metadata = Readonly<Record<string, unknown>>;

/** Deployment to check. */
export interface Deployment {
  /** Address on the command line. */
  readonly page: string;
  readonly origin: string;
  readonly workerUrl: string;
  /** Paths of other service workers that the origin is to serve. */
  readonly otherWorkers: readonly string[];
  /** Whether the server refuses every other script as a service worker. */
  readonly hasGate: boolean;
  readonly configuration: ExaminedConfiguration;
  /** Empty if the server has no metadata or the doctor cannot read them. */
  readonly metadata: Metadata;
}

/** Path of a script that no deployment has. */
export const NOT_A_WORKER = '/tokenward-doctor.js';

/** Options of the command line that take precedence over the worker script. */
export interface ConfigurationOverrides {
  /** Path of the app. */
  readonly base?: string | undefined;
  readonly issuer?: string | undefined;
  readonly clientId?: string | undefined;
  /** URLs of protected resources. */
  readonly api?: readonly string[] | undefined;
}

/**
 * Merges the configuration that the doctor read in the worker script with the options of the command line.
 *
 * @param members members of the script's configuration; empty if the doctor could not read it
 * @param origin the app's origin
 * @param overrides options of the command line
 */
export function toConfiguration(
  members: ReadonlyMap<string, unknown>,
  origin: string,
  overrides: ConfigurationOverrides,
): ExaminedConfiguration {
  const text = (name: string, standard: string): string => textOf(members.get(name)) ?? standard;
  const dpop = text('dpop', 'off');
  const base = pathOf(overrides.base ?? text('base', '/'), origin);
  const endpointPath = pathOf(text('endpointPath', base + ENDPOINT_FOLDER), origin).replace(/\/$/, '');
  const scopes = members.get('scopes');
  const listed = members.get('protectedResources');
  const given = overrides.api?.map((url): unknown => ({ url })) ?? (Array.isArray(listed) ? listed : []);
  const said: readonly string[] = [
    ...(overrides.issuer === undefined ? [] : ['issuer']),
    ...(overrides.clientId === undefined ? [] : ['clientId']),
    ...(overrides.api === undefined ? [] : ['protectedResources']),
    ...(overrides.base === undefined ? [] : ['base']),
  ];
  const responseType = text('responseType', 'code');
  return {
    issuer: overrides.issuer ?? textOf(members.get('issuer')),
    clientId: overrides.clientId ?? textOf(members.get('clientId')),
    resources: given.flatMap((entry: unknown) => toResource(entry, origin, dpop)),
    scopes: isStringList(scopes) ? scopes : ['openid', 'offline_access'],
    redirectUri: new URL(text('redirectUri', `${endpointPath}/callback`), origin).href,
    endpointPath,
    registrationScope: pathOf(text('registrationScope', base), origin),
    responseType,
    responseMode: text('responseMode', responseType === 'code' ? 'query' : 'fragment'),
    pushedAuthorizationRequests: text('pushedAuthorizationRequests', 'auto'),
    dpop,
    adoption: text('adoption', 'refuse'),
    withoutSecret: text('withoutSecret', 'memory'),
    unread: [...members].flatMap(([name, value]) => (isUnread(value) && !said.includes(name) ? [name] : [])),
  };
}

/** Returns the URL of the server's metadata (OpenID Connect Discovery 1.0, section 4). */
export function metadataUrlOf(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/** Returns a member of the metadata that is an HTTP URL. */
export function endpointOf(metadata: Metadata, name: string): string | undefined {
  const value = metadata[name];
  return typeof value === 'string' && /^https?:/.test(value) && URL.canParse(value) ? value : undefined;
}

/** Returns a member of the metadata that is a list of strings. */
export function listOf(metadata: Metadata, name: string): readonly string[] | undefined {
  const value = metadata[name];
  return isStringList(value) ? value : undefined;
}

/** Whether the redirect URI is on an origin of its own. */
export function isIsolated({ configuration, origin }: Deployment): boolean {
  return URL.canParse(configuration.redirectUri) && new URL(configuration.redirectUri).origin !== origin;
}

/** Returns the callback of the app, at which the worker takes the response. */
export function appCallbackOf(deployment: Deployment): string {
  const { configuration, origin } = deployment;
  return isIsolated(deployment) ? `${origin}${configuration.endpointPath}/callback` : configuration.redirectUri;
}

/** Returns the origins of the authorization server to which the worker sends requests. */
export function serverOriginsOf({ configuration: { issuer }, metadata }: Deployment): readonly string[] {
  const names = ['token_endpoint', 'jwks_uri', 'revocation_endpoint', 'pushed_authorization_request_endpoint'];
  const urls = [issuer, ...names.map((name) => endpointOf(metadata, name))];
  return [...new Set(urls.flatMap((url) => (url !== undefined && URL.canParse(url) ? [new URL(url).origin] : [])))];
}

function toResource(entry: unknown, origin: string, dpop: string): readonly ExaminedResource[] {
  const url = hasMembers(entry) ? textOf(entry['url']) : undefined;
  if (!hasMembers(entry) || url === undefined || !URL.canParse(url, origin)) return [];
  const { methods, destinations } = entry;
  return [
    {
      url: new URL(literalFolder(url), origin).href,
      methods: isStringList(methods) ? methods : [],
      isBound: dpop === 'required',
      destinations: isStringList(destinations) ? destinations : [],
    },
  ];
}

function isUnread(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.some((item) => isUnread(item)));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function pathOf(value: string, origin: string): string {
  return URL.canParse(value, origin) ? new URL(value, origin).pathname : value;
}
