import type { AuthorizationServer } from 'oauth4webapi';
import { metadataUrlOf } from '../../configuration/server-location.ts';
import type { Configuration } from '../../configuration/parse-configuration.ts';
import { isSecure } from '../../configuration/loopback.ts';
import { hasMembers, isStringList, type UnknownMembers } from '../../protocol/json.ts';

/** Time for which a process keeps the metadata, in milliseconds. */
const MAX_AGE_MS = 60 * 60 * 1000;

/** Part of the configuration that says where the authorization server is. */
export type ServerOfRelay = Pick<Configuration, 'issuer' | 'authorizationServer' | 'requestTimeoutMs'>;

/** Network and clock of the relay. */
export interface RelaySurroundings {
  readonly send: typeof fetch;
  /** The clock, in milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Creates a function that returns the endpoints of the configured authorization server. Nothing of a request decides about them. The
 * process keeps the metadata for an hour.
 */
export function createMetadataReader(
  server: ServerOfRelay,
  { send, now }: RelaySurroundings,
): () => Promise<AuthorizationServer> {
  let known: { readonly metadata: Promise<AuthorizationServer>; readonly atMs: number } | undefined;
  return () => {
    if (known !== undefined && now() - known.atMs < MAX_AGE_MS) return known.metadata;
    const metadata = readMetadata(server, send);
    known = { metadata, atMs: now() };
    metadata.catch(() => {
      known = undefined;
    });
    return metadata;
  };
}

async function readMetadata(server: ServerOfRelay, send: typeof fetch): Promise<AuthorizationServer> {
  const { issuer, authorizationServer } = server;
  const name = authorizationServer?.issuer ?? issuer.href;
  const url = metadataUrlOf(server);
  const published = url === undefined ? { issuer: name } : await request(url, server, send);
  const found = published['issuer'];
  // The slash of an empty path is no difference (RFC 3986, section 6.2.3).
  const isSame = typeof found === 'string' && (found === name || `${found}/` === name);
  if (!isSame) {
    throw new Error('The metadata name another issuer than the configuration.');
  }
  const named = Object.entries(authorizationServer?.metadata ?? {}).filter(([, value]) => value !== undefined);
  const members: UnknownMembers = { ...published, ...Object.fromEntries(named) };
  const endpoint = (member: string): string | undefined => parseEndpoint(members[member], issuer);
  const [token, revocation, pushed] = [
    endpoint('token_endpoint'),
    endpoint('revocation_endpoint'),
    endpoint('pushed_authorization_request_endpoint'),
  ];
  const algorithms = members['token_endpoint_auth_signing_alg_values_supported'];
  return {
    issuer: found,
    ...(token !== undefined && { token_endpoint: token }),
    ...(revocation !== undefined && { revocation_endpoint: revocation }),
    ...(pushed !== undefined && { pushed_authorization_request_endpoint: pushed }),
    ...(isStringList(algorithms) && { token_endpoint_auth_signing_alg_values_supported: [...algorithms] }),
  };
}

async function request(url: string, { requestTimeoutMs }: ServerOfRelay, send: typeof fetch): Promise<UnknownMembers> {
  const response = await send(url, {
    headers: { accept: 'application/json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(requestTimeoutMs),
  });
  const body: unknown = response.status === 200 ? await response.json() : undefined;
  if (hasMembers(body)) return body;
  throw new Error(`The URL of the metadata answered with status ${response.status}.`);
}

/** Returns an endpoint that is as secure as the issuer: a client secret goes there. */
function parseEndpoint(value: unknown, issuer: URL): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  const isAsSecure = url.protocol === 'https:' || (url.protocol === issuer.protocol && isSecure(url));
  return isAsSecure && url.username === '' && url.password === '' ? url.href : undefined;
}
