import { CLAIMS_PROOF, SESSION_POPUP } from '../../src/protocol/default-names.ts';
import { TokenwardError } from '../../src/protocol/error.ts';
import type { Explanation, RequestSketch } from '../../src/protocol/explanation.ts';
import { hasMembers, hasStrings, isStringList } from '../../src/protocol/json.ts';
import { type Claims, SESSION_LIMITS } from '../../src/protocol/session.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import type { ActivityReport, AdoptedTokens, ExpiryReport, WorkerReport } from '../../src/protocol/worker-api.ts';
import type { Configuration } from '../../src/configuration/parse-configuration.ts';
import type { AuthorizationFlow } from '../navigation/authorization-flow.ts';
import { responseInUrl } from '../navigation/authorization-response.ts';
import type { TokenSession } from '../session/token-session.ts';
import type { TokenSet } from '../session/token-set.ts';
import type { CallHandlers } from './accept.ts';

/** Dependencies of the call handlers. */
export interface CallHandlerParts {
  readonly configuration: Configuration;
  readonly session: Pick<TokenSession, 'recover' | 'signOut' | 'signOuts' | 'start' | 'view'>;
  readonly flow: Pick<AuthorizationFlow, 'processResponse' | 'popupEnd'>;
  /** Returns the path of this origin that a sign-in goes back to. */
  readonly parseReturnTo: (value: string) => string;
  /** Returns what a page remembers of a session, as the query of the login endpoint. */
  readonly parseRenewalHint: (hint: string) => URLSearchParams;
  /** Checks the options of a sign-in, as the query of the login endpoint, and that the authorization server answers. */
  readonly checkLogin: (query: URLSearchParams) => Promise<void>;
  /** Checks that the authorization server answers, if the browser has no network. @returns which session the sign-out ends */
  readonly checkLogout: () => Promise<'local' | 'server'>;
  readonly adopt: (tokens: AdoptedTokens) => Promise<TokenSet>;
  readonly explain: (sketch: RequestSketch) => Promise<Explanation>;
  readonly watch: () => WorkerReport;
  /** Ends the session of a worker that was unregistered. */
  readonly endUnregistered: () => Promise<void>;
  readonly userInfo: () => Promise<Claims | undefined>;
  /** Deletes the responses that the session's requests have left in caches. */
  readonly clearCaches: () => Promise<void>;
  /** Takes the report of a page about the limits of the session. */
  readonly noteLimits: (report: ActivityReport | ExpiryReport) => Promise<void>;
  readonly claimClients: () => Promise<void>;
  readonly takeOver: () => Promise<void>;
}

/** Creates the handlers of the calls that a page may make. None of them returns a token or changes the target of a token. */
export function createCallHandlers(parts: CallHandlerParts): CallHandlers {
  const { configuration, session } = parts;
  const { endpoints } = configuration;
  return {
    handshake: async (notice) => {
      // Not every browser tells the worker. A page that makes it up gains nothing: it can sign the user out, too.
      if (hasMembers(notice) && notice['registration'] === 'missing') await parts.endUnregistered();
      void session.recover();
      return { protocolVersion: PROTOCOL_VERSION, endpoints, session: await session.view() };
    },
    claimClients: () => parts.claimClients(),
    prepareAuthorization: async (argument) => {
      const query = parseAuthorizationOptions(argument, parts);
      const returnTo = query.get('returnTo');
      // No browser opens a URL of any length.
      if (returnTo !== null) query.set('returnTo', parts.parseReturnTo(returnTo));
      await parts.checkLogin(query);
      return { url: `${endpoints.login}?${query}` };
    },
    completeAuthorization: async (argument) => ({
      url: await parts.flow.processResponse(responseInUrl(parseResponseUrl(argument, configuration))),
    }),
    popupEnd: async (argument) => parts.flow.popupEnd(parseText(argument, 'The argument of popupEnd()')),
    adopt: async (argument) => {
      const signOuts = await session.signOuts();
      await session.start(await parts.adopt(parseAdoptedTokens(argument)), { signOuts });
      return session.view();
    },
    userInfo: () => parts.userInfo(),
    signOut: async () => {
      await Promise.all([session.signOut(), parts.clearCaches()]);
      const ended = await parts.checkLogout();
      return { url: endpoints.logout, ...(ended === 'local' && { ended }) };
    },
    explain: async (argument) => parts.explain(parseSketch(argument)),
    takeOver: () => parts.takeOver(),
    noteActivity: async (argument) => {
      await parts.noteLimits(parseActivity(argument));
      return session.view();
    },
    noteExpiry: async (argument) => {
      await parts.noteLimits(parseExpiry(argument));
      return session.view();
    },
    watch: async () => parts.watch(),
  };
}

function parseAuthorizationOptions(
  value: unknown,
  { parseRenewalHint }: Pick<CallHandlerParts, 'parseRenewalHint'>,
): URLSearchParams {
  if (!hasMembers(value)) return refuse('The argument of login()', 'an object');
  const {
    returnTo,
    silent = false,
    prompt,
    acrValues,
    maxAge,
    scopes,
    parameters = {},
    renewalHint,
    popupId,
    claims,
    claimsProof,
  } = value;
  if (!hasMembers(parameters)) return refuse('"parameters"', 'an object');
  if (typeof silent !== 'boolean') return refuse('"silent"', 'true or false');
  const query =
    renewalHint === undefined ? new URLSearchParams() : parseRenewalHint(parseText(renewalHint, '"renewalHint"'));
  const set = (name: string, item: unknown, option: string = name): void => {
    if (item !== undefined) query.set(name, parseText(item, `"${option}"`));
  };
  for (const [name, item] of Object.entries(parameters)) set(name, item, 'parameters');
  set('returnTo', returnTo);
  set(SESSION_POPUP, popupId, 'popupId');
  set('prompt', silent ? 'none' : prompt);
  set('max_age', typeof maxAge === 'number' ? String(maxAge) : maxAge, 'maxAge');
  set('acr_values', acrValues === undefined ? acrValues : parseList(acrValues, '"acrValues"').join(' '));
  set('scope', scopes === undefined ? scopes : parseList(scopes, '"scopes"').join(' '));
  set('claims', claims);
  set(CLAIMS_PROOF, claimsProof, 'claimsProof');
  return query;
}

/** Largest length of the URL of a response, in characters: the longest one that Firefox opens. */
const MAX_RESPONSE_CHARACTERS = 1_048_576;

function parseResponseUrl(value: unknown, { endpoints, registrationScope }: Configuration): URL {
  if (typeof value === 'string' && value.length <= MAX_RESPONSE_CHARACTERS && URL.canParse(value)) {
    const url = new URL(value);
    if (url.origin + url.pathname === new URL(endpoints.callback, registrationScope).href) return url;
  }
  return refuse('The response', "a URL of the app's callback path");
}

function parseAdoptedTokens(value: unknown): AdoptedTokens {
  if (!hasStrings(value, 'accessToken', 'idToken') || typeof value['expiresInSeconds'] !== 'number') {
    return refuse('The argument of adopt()', 'an object with "accessToken", "idToken" and "expiresInSeconds"');
  }
  const { accessToken, expiresInSeconds, refreshToken, idToken, scopes } = value;
  return {
    accessToken,
    idToken,
    expiresInSeconds,
    ...(refreshToken === undefined ? {} : { refreshToken: parseText(refreshToken, '"refreshToken"') }),
    ...(scopes === undefined ? {} : { scopes: parseList(scopes, '"scopes"') }),
  };
}

function parseActivity(value: unknown): ActivityReport {
  const { agoMs } = hasMembers(value) ? value : {};
  if (typeof agoMs !== 'number' || !(agoMs >= 0)) return refuse('The argument of noteActivity()', 'a time');
  return { agoMs };
}

function parseExpiry(value: unknown): ExpiryReport {
  const members = hasMembers(value) ? value : {};
  const limit = SESSION_LIMITS.find((known) => known === members['limit']);
  const { endsAtMs } = members;
  if (!limit || typeof endsAtMs !== 'number') return refuse('The argument of noteExpiry()', 'a limit and its end');
  return { limit, endsAtMs };
}

function parseSketch(value: unknown): RequestSketch {
  if (!hasStrings(value, 'url', 'method', 'destination') || !URL.canParse(value.url)) {
    return refuse('The argument of explain()', 'a request');
  }
  const { url, method, destination, hasAuthorization } = value;
  return { url, method, destination, hasAuthorization: hasAuthorization === true };
}

function parseText(value: unknown, name: string): string {
  return typeof value === 'string' ? value : refuse(name, 'a string');
}

function parseList(value: unknown, name: string): readonly string[] {
  return isStringList(value) ? value : refuse(name, 'a list of strings');
}

function refuse(what: string, expected: string): never {
  throw new TokenwardError('request_invalid', `${what} must be ${expected}. Correct the call.`);
}
