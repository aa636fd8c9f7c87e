import { metadataUrlOf, wellKnownUrl } from '../../configuration/server-location.ts';
import { type Configuration, parseConfiguration } from '../../configuration/parse-configuration.ts';
import { literalFolder } from '../../configuration/path.ts';
import { withUrlPattern } from '../../server/node/url-pattern.ts';
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
  /** URL from which the worker reads the metadata; `undefined` if the configuration holds all of them. */
  readonly metadataUrl: string | undefined;
  /** Members of the metadata that the configuration names. */
  readonly namedMetadata: Metadata;
  readonly clientId: string | undefined;
  readonly resources: readonly ExaminedResource[];
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  readonly endpointPath: string;
  readonly registrationScope: string;
  readonly responseType: string;
  readonly responseMode: string;
  readonly pushedAuthorizationRequests: string;
  /** Path of the relay; `undefined` if the worker sends its requests to the authorization server itself. */
  readonly relay: string | undefined;
  readonly dpop: string;
  readonly adoption: string;
  readonly withoutSecret: string;
  /** Members that the script computes and that the doctor therefore cannot read. */
  readonly unread: readonly string[];
  /** Mistake that keeps the worker from starting, if there is one. */
  readonly mistake: string | undefined;
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
 * Creates the examined configuration of what the worker script says, and of what was said besides. The worker's own parser reads it: a
 * mistake that it finds is one that keeps the worker from starting.
 *
 * @param members members that were read of the script; empty where nothing was
 * @param origin the app's origin
 * @param overrides what the command line says
 */
export function toConfiguration(
  members: ReadonlyMap<string, unknown>,
  origin: string,
  { base, issuer, clientId, api }: ConfigurationOverrides,
): ExaminedConfiguration {
  const overrides = new Map(
    Object.entries({ base, issuer, clientId, protectedResources: api?.map((url) => ({ url })) }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  const unread = [...members].flatMap(([name, value]) => (isUnread(value) && !overrides.has(name) ? [name] : []));
  const read = [...members].flatMap(([name, value]): [string, unknown][] => {
    // Only those entries of a list that are written out.
    const known: unknown = Array.isArray(value) ? value.filter((item) => !isUnread(item)) : value;
    const isKnown = !isUnread(known) && !(Array.isArray(value) && value.length > 0 && isEmpty(known));
    return isKnown && !overrides.has(name) ? [[name, known]] : [];
  });
  const options: Readonly<Record<string, unknown>> = Object.fromEntries([...read, ...overrides]);
  const { configuration, mistake } = parse(options, origin);
  const { endpoints, dpop, registrationScope } = configuration;
  return {
    issuer: textOf(options['issuer']),
    metadataUrl: metadataUrlFor(options['issuer'], configuration),
    namedMetadata: Object.fromEntries(
      Object.entries(configuration.authorizationServer?.metadata ?? {}).filter(([, value]) => value !== undefined),
    ),
    clientId: textOf(options['clientId']),
    resources: configuration.protectedResources
      .filter((resource) => resource.origin !== PLACEHOLDER_ORIGIN)
      .map((resource) => ({
        url: resource.origin + literalFolder(resource.path),
        methods: resource.methods ?? [],
        isBound: dpop === 'required',
        destinations: resource.destinations,
      })),
    scopes: configuration.scopes,
    redirectUri: configuration.redirectUri,
    endpointPath: endpoints.login.replace(/\/login$/, ''),
    registrationScope: new URL(registrationScope).pathname,
    responseType: configuration.responseType,
    responseMode: configuration.responseMode,
    pushedAuthorizationRequests: configuration.pushedAuthorizationRequests,
    relay: configuration.relay,
    dpop,
    adoption: configuration.adoption,
    withoutSecret: configuration.withoutSecret,
    unread,
    mistake,
  };
}

const PLACEHOLDER_ORIGIN = 'https://placeholder.invalid';

/** Values for required options that could not be read. */
const PLACEHOLDERS = {
  issuer: PLACEHOLDER_ORIGIN,
  clientId: 'placeholder',
  protectedResources: [{ url: `${PLACEHOLDER_ORIGIN}/resource` }],
};

/** Parses a configuration as the worker does. After a mistake, the examination goes on with the required options, and defaults. */
function parse(
  options: Readonly<Record<string, unknown>>,
  origin: string,
): { readonly configuration: Configuration; readonly mistake: string | undefined } {
  try {
    return { configuration: parseWhole(options, origin), mistake: undefined };
  } catch (error) {
    const required = Object.keys(PLACEHOLDERS).filter((name) => isAccepted({ [name]: options[name] }, origin));
    const rest = Object.fromEntries(required.map((name) => [name, options[name]]));
    const mistake = error instanceof Error ? error.message : String(error);
    return { configuration: parseWhole(rest, origin), mistake };
  }
}

function parseWhole(options: object, origin: string): Configuration {
  return withUrlPattern(() => parseConfiguration({ ...PLACEHOLDERS, ...options }, origin));
}

function isAccepted(options: object, origin: string): boolean {
  try {
    parseWhole(options, origin);
    return true;
  } catch {
    return false;
  }
}

/** Returns the URL of the metadata; for an issuer that the worker refuses, the URL that follows from it. */
function metadataUrlFor(issuer: unknown, configuration: Configuration): string | undefined {
  const isRefused = configuration.issuer.origin === PLACEHOLDER_ORIGIN;
  return isRefused && typeof issuer === 'string' && URL.canParse(issuer)
    ? wellKnownUrl(new URL(issuer))
    : metadataUrlOf(configuration);
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
export function serverOriginsOf({ configuration: { metadataUrl }, metadata }: Deployment): readonly string[] {
  const names = ['token_endpoint', 'jwks_uri', 'revocation_endpoint', 'pushed_authorization_request_endpoint'];
  const urls = [metadataUrl, ...names.map((name) => endpointOf(metadata, name))];
  return [...new Set(urls.flatMap((url) => (url !== undefined && URL.canParse(url) ? [new URL(url).origin] : [])))];
}

/** Whether a script computes a value, or a part of it. */
function isUnread(value: unknown): boolean {
  const parts = Array.isArray(value) ? value : hasMembers(value) ? Object.values(value) : [];
  return value === undefined || parts.some((part) => isUnread(part));
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
