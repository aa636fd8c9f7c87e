import { TokenwardError } from '../../src/protocol/error.ts';
import type { Configuration } from '../config/parse-configuration.ts';
import type { AuthorizationRequest } from './authorization-request.ts';

/** No parameter that a page sends is longer than this. */
const MOST_CHARACTERS = 2048;

/**
 * Checks what a page or a link asks a sign-in to do: only what the configuration lets it choose.
 *
 * @param query the query of the login endpoint: `returnTo`, `scope`, and authorization request parameters
 * @param returnTo where to go afterwards, checked already
 * @throws {@link TokenwardError} `request_invalid`
 */
export function parseAuthorizationRequest(
  { scopes, parametersFromPage }: Pick<Configuration, 'scopes' | 'parametersFromPage'>,
  query: URLSearchParams,
  returnTo: string,
): AuthorizationRequest {
  const parameters: Record<string, string> = {};
  let asked = scopes;
  for (const [name, value] of query) {
    if (name === 'returnTo' || name === 'silent') continue;
    if (value.length > MOST_CHARACTERS) refuse(`"${shown(name)}" is longer than ${MOST_CHARACTERS} characters.`);
    if (name === 'scope') {
      asked = [...new Set(['openid', ...value.split(' ').filter((scope) => scope !== '')])];
      const unknown = asked.find((scope) => !scopes.includes(scope));
      if (unknown !== undefined) refuse(`"${shown(unknown)}" is not among the configured "scopes".`);
    } else if (parametersFromPage.includes(name)) {
      parameters[name] = value;
    } else {
      refuse(`"${shown(name)}" is not among the configured "parametersFromPage".`);
    }
  }
  // OpenID Connect Core 1.0, section 3.1.2.1: no login page, whatever else is asked for.
  if (query.has('silent')) parameters['prompt'] = 'none';
  return { returnTo, scopes: asked, parameters };
}

function refuse(what: string): never {
  throw new TokenwardError('request_invalid', `This sign-in is not allowed: ${what}`);
}

function shown(name: string): string {
  return name.slice(0, 64).replace(/[^\w.:/-]/g, '?');
}
