import { TokenwardError } from '../../src/protocol/error.ts';
import { hasMembers, isStringList } from '../../src/protocol/json.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import type { AdoptedTokens } from '../../src/protocol/worker-api.ts';
import type { Configuration } from '../config/parse-configuration.ts';
import type { AuthorizationFlow } from '../navigation/authorization-flow.ts';
import { parseReturnTo } from '../navigation/return-to.ts';
import { parseAuthorizationRequest } from '../oauth/parse-authorization-request.ts';
import type { TokenSession } from '../session/token-session.ts';
import type { TokenSet } from '../session/token-set.ts';
import type { CallHandlers } from './accept.ts';

/** What the calls lead to. */
export interface CallHandlerParts {
  readonly configuration: Configuration;
  readonly origin: string;
  readonly session: TokenSession;
  readonly flow: AuthorizationFlow;
  /** Fetches the authorization server's metadata, if it is not there yet. */
  readonly discover: () => Promise<unknown>;
  readonly adopt: (tokens: AdoptedTokens) => Promise<TokenSet>;
  readonly claimClients: () => Promise<void>;
}

/** What a page may call, and nothing that could hand out a token or change where one goes. */
export function createCallHandlers(parts: CallHandlerParts): CallHandlers {
  const { configuration, origin, session, flow } = parts;
  const { endpoints } = configuration;
  return {
    greet: async () => ({ protocolVersion: PROTOCOL_VERSION, endpoints, session: await session.view() }),
    claimClients: () => parts.claimClients(),
    prepareAuthorization: async (argument) => {
      const query = parseAuthorizationOptions(argument);
      parseAuthorizationRequest(configuration, query, parseReturnTo(query.get('returnTo'), origin, '/'));
      await parts.discover();
      return { url: `${endpoints.login}?${query.toString()}` };
    },
    completeAuthorization: async (argument) => ({ url: await flow.respond(parseResponseUrl(argument, configuration)) }),
    adopt: async (argument) => {
      await session.start(await parts.adopt(parseAdoptedTokens(argument)));
      return session.view();
    },
    signOut: async () => {
      await session.signOut();
      return { url: endpoints.logout };
    },
    keepAwake: async () => {},
  };
}

function parseAuthorizationOptions(value: unknown): URLSearchParams {
  if (!hasMembers(value)) return refuse('login() takes an object.');
  const { returnTo, scopes, parameters = {} } = value;
  if (!hasMembers(parameters)) return refuse('"parameters" must be an object.');
  const query = new URLSearchParams();
  if (typeof returnTo === 'string') query.set('returnTo', returnTo);
  if (isStringList(scopes)) query.set('scope', scopes.join(' '));
  for (const [name, item] of Object.entries(parameters).slice(0, 20)) {
    if (typeof item !== 'string') return refuse('Each of "parameters" must be a string.');
    query.set(name, item);
  }
  return query;
}

function parseResponseUrl(value: unknown, { redirectUri }: Configuration): URL {
  if (typeof value !== 'string' || value.length > 16_384 || !URL.canParse(value)) return refuse('A URL was expected.');
  const url = new URL(value);
  return `${url.origin}${url.pathname}` === redirectUri ? url : refuse('The URL is not the redirect URI.');
}

function parseAdoptedTokens(value: unknown): AdoptedTokens {
  if (!hasMembers(value)) return refuse('adopt() takes an object.');
  const { accessToken, expiresInSeconds, refreshToken, idToken, scopes } = value;
  if (typeof accessToken !== 'string' || typeof idToken !== 'string' || typeof expiresInSeconds !== 'number') {
    return refuse('adopt() needs "accessToken", "idToken" and "expiresInSeconds".');
  }
  return {
    accessToken,
    idToken,
    expiresInSeconds,
    ...(typeof refreshToken === 'string' ? { refreshToken } : {}),
    ...(isStringList(scopes) ? { scopes } : {}),
  };
}

function refuse(message: string): never {
  throw new TokenwardError('request_invalid', message);
}
