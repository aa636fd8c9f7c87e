import { CALLBACK_NAME, ENDPOINT_FOLDER, RELAY_NAME } from '../protocol/default-names.ts';
import type { Endpoints } from '../protocol/worker-api.ts';
import type { AuthorizationServer, UserInfo } from './authorization-server.ts';
import type {
  AlarmAction,
  EndSessionAddress,
  Precedence,
  PromptAfterLocalSignOut,
  PushedAuthorizationRequests,
  ResponseMode,
  ResponseType,
  WithoutSecret,
} from './configuration.ts';
import { isJsonObject } from './claims-request.ts';
import type { ProtectedResource } from './protected-resource.ts';
import { choice, integer, optional, type Parse, parseObject, parseText, refuse, secureUrl, url } from './field.ts';
import {
  guardedUrls,
  parseAuthorizationServer,
  parseIssuer,
  parseOpenId,
  parseUserInfo,
} from './parse-authorization-server.ts';
import { parseEndSession, parseParameterNames, parseParameters } from './parse-parameters.ts';
import { protectedResources } from './parse-protected-resource.ts';
import { parseSessionLimits, type SessionLimits } from './parse-session-limits.ts';
import { parseScopes } from './parse-target.ts';

/** Part of the navigation to the callback path that holds an authorization response: its URL, or its body as a form. */
export type ResponseDelivery = 'url' | 'form';

/** The configuration after it was checked; frozen. */
export interface Configuration {
  readonly issuer: URL;
  /** `undefined` where the issuer says all. */
  readonly authorizationServer: AuthorizationServer | undefined;
  /** `false` for a server without ID tokens. */
  readonly openid: false | undefined;
  readonly userInfo: UserInfo | undefined;
  readonly clientId: string;
  /** Those of the protected resources too. */
  readonly scopes: readonly string[];
  readonly scopesFromPage: readonly string[];
  readonly protectedResources: readonly ProtectedResource[];
  readonly redirectUri: string;
  /** Path of the app, with a slash at its end. */
  readonly base: string;
  readonly registrationScope: string;
  readonly endpoints: Endpoints;
  readonly authorizationParameters: Readonly<Record<string, string>>;
  readonly parametersFromPage: readonly string[];
  readonly pushedAuthorizationRequests: PushedAuthorizationRequests;
  /** Path of the relay on the app's own server; `undefined` if the worker sends its requests to the authorization server itself. */
  readonly relay: string | undefined;
  readonly responseType: ResponseType;
  readonly responseMode: ResponseMode;
  readonly responseDelivery: ResponseDelivery;
  readonly postLogoutRedirectUri: string;
  /** `undefined` means the default: the fingerprint of a configuration without it must not change. */
  readonly endSession: 'local' | Required<EndSessionAddress> | undefined;
  readonly promptAfterLocalSignOut: PromptAfterLocalSignOut | undefined;
  /** `undefined` where the entry point decides. */
  readonly precedence: Precedence | undefined;
  readonly adoption: 'refuse' | 'allow';
  readonly dpop: 'off' | 'required';
  readonly withoutSecret: WithoutSecret;
  readonly alarmAction: AlarmAction;
  readonly alarmReportUrl: URL | undefined;
  readonly refreshBeforeExpiryMs: number;
  readonly requestTimeoutMs: number;
  /** `undefined` if a session has no limits. */
  readonly session: SessionLimits | undefined;
}

/**
 * Checks the configuration and freezes it.
 *
 * @param options what the worker's own file gave
 * @param origin the worker's origin
 * @returns the configuration with every default filled in
 * @throws {@link TokenwardError} `configuration_invalid`, whose message names the field
 */
export function parseConfiguration(options: unknown, origin: string): Configuration {
  const ownUrl: Parse<URL> = (value, field) => {
    const parsed = url(origin)(value, field);
    return parsed.origin === origin ? parsed : refuse(field, "a URL of the app's own origin");
  };
  return parseObject(options, 'options', (take): Configuration => {
    const identifier = take('issuer', parseIssuer);
    const openid = take('openid', parseOpenId, true);
    const facts = { issuer: identifier, openid };
    const isSpecial = identifier.isTemplate || openid === false;
    const authorizationServer = take(
      'authorizationServer',
      parseAuthorizationServer(facts),
      isSpecial ? {} : undefined,
    );
    const base = take('base', parseBase(ownUrl), '/');
    const registrationScope = take('registrationScope', ownUrl, base);
    // No endpoint would be in it, and the state that is stored by the path would be that of the scope without the query too.
    if (registrationScope.search) refuse('registrationScope', 'a URL without a query');
    const endpointPath = take('endpointPath', ownUrl, base + ENDPOINT_FOLDER).pathname.replace(/\/$/, '');
    const callback = `${endpointPath}/${CALLBACK_NAME}`;
    const redirectUri = take('redirectUri', parseRedirectUri(origin), callback);
    const isIsolated = redirectUri.origin !== origin;
    for (const [field, path] of [
      ['redirectUri', isIsolated ? callback : redirectUri.pathname],
      ['endpointPath', `${endpointPath}/`],
    ] as const) {
      // The scope is a plain string prefix (Service Workers, "Match Service Worker Registration").
      if (!path.startsWith(registrationScope.pathname)) refuse(field, `inside the scope ${registrationScope.pathname}`);
    }
    const endpoints = {
      login: `${endpointPath}/login`,
      logout: `${endpointPath}/logout`,
      session: `${endpointPath}/session`,
    };
    const responseType = take('responseType', choice('code', 'code id_token'), 'code');
    const isHybrid = responseType !== 'code';
    const responseMode = take(
      'responseMode',
      choice('query', 'fragment', 'form_post', 'query.jwt', 'fragment.jwt', 'form_post.jwt'),
      isHybrid ? 'fragment' : 'query',
    );
    if (openid === false) {
      if (identifier.isTemplate) refuse('issuer', 'no template: the tenant is in the ID token, and "openid" is false');
      if (isHybrid) refuse('responseType', 'code: "openid" is false');
    }
    if (isHybrid && responseMode !== 'fragment' && responseMode !== 'form_post')
      refuse('responseMode', 'fragment or form_post with this responseType');
    if (identifier.isTemplate && responseMode.endsWith('jwt'))
      refuse('responseMode', 'one without a JWT: "issuer" is a template, and the JWT names no tenant');
    const isFormPost = responseMode.startsWith('form_post');
    if (isIsolated && isFormPost) refuse('responseMode', 'query or fragment with a redirectUri of another origin');
    if (!isIsolated && Object.values(endpoints).includes(redirectUri.pathname))
      refuse('redirectUri', 'a path other than the endpoints');
    const scopes = take(
      'scopes',
      openid === false ? parseScopes : parseOwnScopes,
      openid === false ? [] : ['openid', 'offline_access'],
    );
    const dpop = take('dpop', choice('off', 'required'), 'off');
    const withoutSession = take('withoutSession', choice('pass', 'problem'), 'pass');
    const guarded = guardedUrls(identifier, authorizationServer);
    const resources = take('protectedResources', protectedResources({ origin, guarded, withoutSession, dpop }));
    const adoption = take('adoption', choice('refuse', 'allow'), 'refuse');
    const authorizationParameters = take('authorizationParameters', parseParameters(openid), {});
    const mayAddClaims = resources.some(({ claimsFromChallenge }) => claimsFromChallenge);
    if (mayAddClaims && !isJsonObject(authorizationParameters['claims'] ?? '{}'))
      refuse('authorizationParameters.claims', 'a JSON object, to which "claimsFromChallenge" can add');
    if (adoption === 'allow' && openid === false)
      refuse('adoption', 'refuse: "openid" is false, so no ID token is checked');
    if (adoption === 'allow' && dpop === 'required') refuse('adoption', 'refuse: with DPoP, tokens are bound to a key');
    return {
      issuer: identifier.url,
      authorizationServer,
      openid,
      userInfo: take('userInfo', optional(parseUserInfo(facts))),
      clientId: take('clientId', parseText),
      scopes: Object.freeze(Array.from(new Set([...scopes, ...resources.flatMap(({ target }) => target.scopes)]))),
      scopesFromPage: take('scopesFromPage', parseScopes, []),
      protectedResources: resources,
      redirectUri: redirectUri.href,
      base,
      registrationScope: registrationScope.href,
      endpoints: Object.freeze({ ...endpoints, callback: isIsolated ? callback : redirectUri.pathname }),
      authorizationParameters,
      parametersFromPage: take('parametersFromPage', parseParameterNames, []),
      pushedAuthorizationRequests: take('pushedAuthorizationRequests', choice('auto', 'required', 'off'), 'auto'),
      relay: take('relay', parseRelay, false) ? `${endpointPath}/${RELAY_NAME}` : undefined,
      responseType,
      responseMode,
      responseDelivery: isIsolated || isFormPost ? 'form' : 'url',
      postLogoutRedirectUri: take('postLogoutRedirectUri', ownUrl, base).href,
      endSession: take('endSession', optional(parseEndSession)),
      promptAfterLocalSignOut: take('promptAfterLocalSignOut', optional(choice('login', 'select_account'))),
      precedence: take('precedence', optional(choice('first', 'last'))),
      adoption,
      dpop,
      withoutSecret: take('withoutSecret', choice('memory', 'wrapped'), 'memory'),
      alarmAction: take('alarmAction', choice('revoke', 'wipe'), 'revoke'),
      alarmReportUrl: take('alarmReportUrl', optional(secureUrl(origin))),
      refreshBeforeExpiryMs: 1000 * take('refreshBeforeExpirySeconds', integer(0, 3600), 10),
      requestTimeoutMs: take('requestTimeoutMs', integer(100, 120_000), 15_000),
      session: take('session', optional(parseSessionLimits)),
    };
  });
}

/** Creates the parser of the app's path, which ends with a slash and contains all other paths of the app. */
function parseBase(ownUrl: Parse<URL>): Parse<string> {
  return (value, field) => {
    const { pathname } = ownUrl(value, field);
    return pathname.endsWith('/') ? pathname : refuse(field, 'a path that ends with "/", such as "/app/"');
  };
}

/** Creates the parser of the redirect URI: a URL of the app's own origin, or a secure one of another. */
function parseRedirectUri(origin: string): Parse<URL> {
  return (value, field) => {
    const parsed = url(origin)(value, field);
    return parsed.origin === origin ? parsed : secureUrl()(parsed.href, field);
  };
}

function parseOwnScopes(value: unknown, field: string): readonly string[] {
  const scopes = parseScopes(value, field);
  return scopes.includes('openid') ? scopes : refuse(field, 'a list of scopes with "openid" in it');
}

/** Parses whether there is a relay. Its secret must not be here: every browser gets this configuration with the worker script. */
function parseRelay(value: unknown, field: string): boolean {
  return typeof value === 'boolean'
    ? value
    : refuse(
        field,
        'true or false: the client secret belongs to the options of createTokenward(), on the server alone',
      );
}
