import { TokenwardError } from '../../src/protocol/error.ts';
import type { Configuration } from '../../src/configuration/parse-configuration.ts';
import type { AuthorizationRequest } from './authorization-request.ts';

/** No parameter that a page sends is longer than this. */
const MOST_CHARACTERS = 2048;

/** What of the configuration a page's sign-in is checked against. */
export type AllowedRequest = Pick<
  Configuration,
  'scopes' | 'scopesFromPage' | 'parametersFromPage' | 'authorizationParameters'
>;

/**
 * Checks what a page or a link asks a sign-in to do: only what the configuration lets it choose. A request for a sign-in
 * that shows nothing (`prompt=none`) or is more recent (`max_age`) needs no permission: it makes nothing weaker.
 *
 * @param query the query of the login endpoint: `returnTo`, `scope`, and authorization request parameters
 * @param returnTo where to go afterwards, checked already
 * @param granted the scopes that the session has, if there is one: it keeps them, and the configured ones, of which a server
 *   may not have told
 * @throws {@link TokenwardError} `request_invalid`
 */
export function parseAuthorizationRequest(
  { scopes, scopesFromPage, parametersFromPage, authorizationParameters }: AllowedRequest,
  query: URLSearchParams,
  { returnTo, granted }: { readonly returnTo: string; readonly granted?: readonly string[] | undefined },
): AuthorizationRequest {
  const parameters: Record<string, string> = {};
  const allowed = [...scopes, ...scopesFromPage];
  let asked = scopes;
  for (const [name, value] of query) {
    if (value.length > MOST_CHARACTERS) refuse(`"${shown(name)}" is longer than ${MOST_CHARACTERS} characters.`);
    if (name === 'scope') {
      asked = value.match(/\S+/g) ?? [];
      const unknown = asked.find((scope) => !allowed.includes(scope));
      if (unknown !== undefined)
        refuse(`"${shown(unknown)}" is not among the configured "scopes" and "scopesFromPage".`);
    } else if (name === 'max_age') {
      if (!/^\d{1,9}$/.test(value)) refuse('"max_age" is no number of seconds.');
      parameters[name] = String(Math.min(Number(value), Number(authorizationParameters[name] ?? value)));
    } else if (parametersFromPage.includes(name) || (name === 'prompt' && value === 'none')) {
      parameters[name] = value;
    } else if (name !== 'returnTo') {
      refuse(`"${shown(name)}" is not among the configured "parametersFromPage".`);
    }
  }
  const kept = granted ? [...scopes, ...granted.filter((scope) => allowed.includes(scope))] : [];
  return { returnTo, scopes: Array.from(new Set(['openid', ...asked, ...kept])), parameters };
}

function refuse(what: string): never {
  throw new TokenwardError('request_invalid', `This sign-in is not allowed: ${what}`);
}

function shown(name: string): string {
  return name.slice(0, 64).replace(/[^\w.:/-]/g, '?');
}
