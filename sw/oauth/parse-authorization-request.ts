import { CLAIMS_PROOF, SESSION_POPUP, SESSION_SCOPE, SESSION_USER } from '../../src/protocol/default-names.ts';
import { TokenwardError } from '../../src/protocol/error.ts';
import type { Configuration } from '../../src/configuration/parse-configuration.ts';
import { addClaims, parseClaimsRequest } from '../../src/configuration/claims-request.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import type { ProvenClaims } from './claims-proof.ts';

/** Largest length of a parameter's value: with the rest of the request, it stands in a URL that servers limit to some 8,000 characters. */
const MAX_CHARACTERS = 2048;

/** Name by which the worker itself asks for a silent sign-in without what it remembers. It goes to no server. */
export const MEMORY = 'session_memory';

/** Name by which the worker's own document says which tab a sign-in is in. It goes to no server. */
export const TAB = 'session_tab';

/** Members of the query that are checked elsewhere, and go to no server. */
const NOT_SENT: readonly string[] = ['returnTo', MEMORY, TAB, SESSION_SCOPE, SESSION_POPUP, CLAIMS_PROOF];

/** Part of the configuration that limits the sign-ins of pages. */
export type AllowedRequest = Pick<
  Configuration,
  'openid' | 'scopes' | 'scopesFromPage' | 'parametersFromPage' | 'authorizationParameters'
>;

/** Facts about a sign-in request besides its query. */
export interface RequestFacts {
  readonly returnTo: string;
  readonly granted?: readonly string[] | undefined;
  readonly proven?: ProvenClaims | undefined;
}

/**
 * Parses the sign-in request of a page or a link. It may choose only what the configuration allows. A request for a sign-in
 * that shows nothing (`prompt=none`) or is more recent (`max_age`) needs no permission, since it weakens nothing.
 *
 * @param query the query of the login endpoint: `returnTo`, `scope`, and authorization request parameters
 * @param returnTo the checked target after the sign-in
 * @param granted the scopes of the session, if there is one: it keeps them and the configured ones, which a server may not have
 *   reported
 * @param proven the claims of a challenge, after the check of their proof
 * @throws {@link TokenwardError} `request_invalid`
 */
export function parseAuthorizationRequest(
  { openid, scopes, scopesFromPage, parametersFromPage, authorizationParameters }: AllowedRequest,
  query: URLSearchParams,
  { returnTo, granted, proven }: RequestFacts,
): AuthorizationRequest {
  const parameters: Record<string, string> = {};
  let user: string | undefined;
  const allowed = [...scopes, ...scopesFromPage];
  let asked = scopes;
  for (const [name, value] of query) {
    // It is checked already, and goes to no server.
    if (NOT_SENT.includes(name)) continue;
    // A server that does not know these parameters ignores them: it would show its sign-in page, or accept an old sign-in.
    if (openid === false && (name === 'max_age' || (name === 'prompt' && value === 'none'))) {
      refuse(`"${name}" needs OpenID Connect, and "openid" is false.`);
    }
    // Of the configured scopes, all may be asked for, whatever their length.
    if (name === 'scope') {
      asked = value.match(/\S+/g) ?? [];
      const unknown = asked.find((scope) => !allowed.includes(scope));
      if (unknown !== undefined)
        refuse(`"${shown(unknown)}" is not among the configured "scopes" and "scopesFromPage".`);
    } else if (value.length > MAX_CHARACTERS) {
      refuse(`"${shown(name)}" has ${value.length} characters, and ${MAX_CHARACTERS} are allowed. Use a shorter one.`);
    } else if (name === 'claims' && value === proven?.text) {
      parameters[name] = addClaims(authorizationParameters[name], parseClaimsRequest(value) ?? {});
    } else if (name === SESSION_USER) {
      user = value;
    } else if (name === 'max_age') {
      if (!/^\d{1,9}$/.test(value)) refuse('"max_age" is no number of seconds.');
      parameters[name] = String(Math.min(Number(value), Number(authorizationParameters[name] ?? value)));
    } else if (parametersFromPage.includes(name) || (name === 'prompt' && value === 'none')) {
      parameters[name] = value;
    } else {
      refuse(`"${shown(name)}" is not among the configured "parametersFromPage".`);
    }
  }
  const required = openid === false ? [] : ['openid'];
  const kept = granted ? [...scopes, ...granted.filter((scope) => allowed.includes(scope))] : [];
  return {
    returnTo,
    scopes: Array.from(new Set([...required, ...asked, ...kept])),
    parameters,
    ...(user !== undefined && { user }),
    ...(proven && { proven }),
  };
}

function refuse(what: string): never {
  throw new TokenwardError('request_invalid', `This sign-in is not allowed: ${what}`);
}

function shown(name: string): string {
  return name.slice(0, 64).replace(/[^\w.:/-]/g, '?');
}
