import type { AuthorizationServer as Server } from 'oauth4webapi';
import { TENANT } from '../../src/configuration/authorization-server.ts';
import type { ServerLocation } from '../../src/configuration/server-location.ts';
import type { UnknownMembers } from '../../src/protocol/json.ts';
import type { Claims } from '../../src/protocol/session.ts';
import { FailedCheck } from './mismatch.ts';
import { unverifiedClaims } from './unverified-claims.ts';

/**
 * Returns the server as a JWT of it must name it in `iss`. With an issuer template, this is the template with the tenant of the JWT itself
 * in it, if the configuration allows that tenant. The tenant is not verified here: the signature of the JWT proves it.
 *
 * @throws {@link FailedCheck} if the JWT names no tenant, or one that is not allowed
 */
export function issuerOfToken(server: Server, location: ServerLocation, jwt: string): Server {
  if (!isTemplate(location)) return server;
  const { tid } = unverifiedClaims(jwt);
  if (!isTenant(tid)) {
    throw new FailedCheck('the ID token has no usable "tid", and "issuer" is a template', {
      next: 'Set "issuer" to the issuer of the ID token, letter by letter, unless the server has many tenants',
    });
  }
  return { ...server, issuer: issuerOfTenant(location, tid) };
}

/**
 * Returns the server as an authorization response names it in `iss` (RFC 9207). With an issuer template, any allowed tenant fits; the ID
 * token must then be of the same one.
 *
 * @throws {@link FailedCheck} if the response names another server, or a tenant that is not allowed
 */
export function issuerOfResponse(server: Server, location: ServerLocation, parameters: URLSearchParams): Server {
  const issuer = parameters.get('iss');
  if (!isTemplate(location) || issuer === null) return server;
  const [before = '', after = ''] = templateOf(location).split(TENANT);
  const tenant = issuer.slice(before.length, issuer.length - after.length);
  if (isTenant(tenant) && issuerOfTenant(location, tenant) === issuer) return { ...server, issuer };
  throw new FailedCheck('unexpected "iss" of the authorization response');
}

/**
 * Whether a key may have signed for an issuer. A server with many tenants may say in `issuer` of a key which tenants it is for, as a
 * template or by name.
 */
export function isKeyOfIssuer({ issuer: named }: UnknownMembers, location: ServerLocation, issuer: string): boolean {
  if (!isTemplate(location) || typeof named !== 'string') return true;
  return named === templateOf(location) || named === issuer;
}

/** Whether a user is of a tenant that the configuration allows, by the claims of an ID token that was checked. */
export function isOfAllowedTenant(location: ServerLocation, { iss }: Claims): boolean {
  const { tenants } = location.authorizationServer ?? {};
  return !tenants || tenants.some((tenant) => iss === templateOf(location).replace(TENANT, () => tenant));
}

function isTemplate(location: ServerLocation): boolean {
  return templateOf(location).includes(TENANT);
}

function templateOf({ issuer, authorizationServer }: ServerLocation): string {
  return authorizationServer?.issuer ?? issuer.href;
}

/** @throws {@link FailedCheck} if the configuration does not allow the tenant */
function issuerOfTenant(location: ServerLocation, tenant: string): string {
  const { tenants } = location.authorizationServer ?? {};
  if (tenants && !tenants.includes(tenant)) {
    throw new FailedCheck('the tenant of the user is not among "tenants"', {
      next: 'Set "authorizationServer.tenants" to the tenants whose users may sign in, or sign in as a user of one of them',
    });
  }
  return templateOf(location).replace(TENANT, () => tenant);
}

/** Whether a value is a name that is one segment of a path, so that it cannot change the rest of the issuer. */
function isTenant(value: unknown): value is string {
  return typeof value === 'string' && /^\w[\w-]*(\.[\w-]+)*$/.test(value);
}
