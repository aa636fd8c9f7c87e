import type { AuthorizationServer, UserInfo } from './authorization-server.ts';

/** Part of the configuration that says where the authorization server is. */
export interface ServerLocation {
  readonly issuer: URL;
  readonly authorizationServer: AuthorizationServer | undefined;
  readonly userInfo: UserInfo | undefined;
}

/** Returns the URL of the metadata; `undefined` if the configuration holds all of them. */
export function metadataUrlOf({ issuer, authorizationServer }: Omit<ServerLocation, 'userInfo'>): string | undefined {
  return authorizationServer ? authorizationServer.metadataUrl : wellKnownUrl(issuer);
}

/** Returns the URL of the metadata that follows from an issuer identifier (OpenID Connect Discovery 1.0, section 4). */
export function wellKnownUrl({ href }: URL): string {
  return `${href.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/**
 * Lists the origins that the configuration names for an authorization flow. Pages must not reach them: script could otherwise run
 * a flow of its own.
 */
export function flowOrigins({ issuer, authorizationServer }: ServerLocation): readonly string[] {
  const { authorization_endpoint, token_endpoint, pushed_authorization_request_endpoint } =
    authorizationServer?.metadata ?? {};
  return originsOf([issuer.href, authorization_endpoint, token_endpoint, pushed_authorization_request_endpoint]);
}

/** Lists the other origins that the configuration names for requests of the worker to the authorization server. */
export function workerOrigins(location: ServerLocation): readonly string[] {
  const { metadataUrl, metadata } = location.authorizationServer ?? {};
  const origins = originsOf([
    metadataUrl,
    metadata?.jwks_uri,
    metadata?.userinfo_endpoint,
    metadata?.revocation_endpoint,
    location.userInfo?.url,
  ]);
  return origins.filter((origin) => !flowOrigins(location).includes(origin));
}

/** Returns the URL of the metadata of a server without OpenID Connect (RFC 8414, section 3.1). */
export function oauthMetadataUrl({ origin, pathname }: URL): string {
  return `${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`;
}

function originsOf(urls: readonly (string | undefined)[]): readonly string[] {
  return Array.from(new Set(urls.flatMap((text) => (text === undefined ? [] : [new URL(text).origin]))));
}
