import { type AuthorizationServer, type KnownMetadata, TENANT, type UserInfo } from './authorization-server.ts';
import { choice, optional, type Parse, parseObject, parseText, parseTexts, refuse, secureUrl } from './field.ts';
import { isSecure } from './loopback.ts';
import { oauthMetadataUrl, wellKnownUrl } from './server-location.ts';

/** Issuer identifier of the configuration. */
export interface IssuerIdentifier {
  readonly url: URL;
  /** The identifier, letter by letter. */
  readonly text: string;
  /** Whether it is a template for the issuers of many tenants. */
  readonly isTemplate: boolean;
}

/** Facts of the configuration that the options about the authorization server depend on. */
export interface ServerFacts {
  readonly issuer: IssuerIdentifier;
  /** `false` for a server without ID tokens. */
  readonly openid: false | undefined;
}

/** Members without which the worker requests metadata. */
const SUFFICIENT = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const;

/** Parses an issuer identifier, or a template with one segment for the tenant. */
export const parseIssuer: Parse<IssuerIdentifier> = (value, field) => {
  const url = secureUrl()(value, field);
  if (url.pathname.includes('/.well-known/')) refuse(field, 'the URL before "/.well-known/"');
  const text = parseText(value, field);
  const [before = '', after = '', ...rest] = text.split(TENANT);
  const isSegment = before.endsWith('/') && (after === '' || after.startsWith('/')) && rest.length === 0;
  const isTemplate = text.includes(TENANT);
  if (/[{}]/.test(before + after) || (isTemplate && !isSegment)) {
    refuse(field, `a URL, or one with ${TENANT} as one segment of its path`);
  }
  return { url, text, isTemplate };
};

/** Creates the parser of the options about the authorization server; `undefined` where the issuer says all. */
export function parseAuthorizationServer({ issuer, openid }: ServerFacts): Parse<AuthorizationServer | undefined> {
  const { url, text, isTemplate } = issuer;
  const serverUrl = parseServerUrl(url);
  return (value, field) => {
    if (value === undefined) return undefined;
    return parseObject(value, field, (take): AuthorizationServer => {
      const metadata = take('metadata', parseMetadata(serverUrl), {});
      // Without ID tokens there is nothing to verify by keys.
      const needed = openid === false ? SUFFICIENT.slice(0, 2) : SUFFICIENT;
      const isSufficient = needed.every((name) => metadata[name] !== undefined);
      const named = take('metadataUrl', optional(serverUrl));
      // The URL of a template is that of no server.
      if (isTemplate && !named && !isSufficient) refuse(`${field}.metadataUrl`, 'given: "issuer" is a template');
      const standard = openid === false ? oauthMetadataUrl(url) : wellKnownUrl(url);
      const scopeSeparator = take('scopeSeparator', choice('space', 'comma'), 'space');
      return {
        issuer: text,
        metadataUrl: named ?? (isSufficient ? undefined : standard),
        metadata,
        tenants: take('tenants', optional(parseTenants(issuer))),
        scopeSeparator: scopeSeparator === 'comma' ? scopeSeparator : undefined,
      };
    });
  };
}

/** Parses whether the server issues ID tokens; the default is `undefined`, so that it is not in the fingerprint. */
export const parseOpenId: Parse<false | undefined> = (value, field) =>
  typeof value === 'boolean' ? value && undefined : refuse(field, 'true or false');

/** Creates the parser of the source of what the worker knows of the user. */
export function parseUserInfo({ issuer, openid }: ServerFacts): Parse<UserInfo> {
  return (value, field) => {
    if (openid !== false) refuse(field, 'absent: without "openid": false, the ID token says who the user is');
    return parseObject(value, field, (take) => ({
      url: take('url', parseServerUrl(issuer.url)),
      mapping: take('mapping', parseMapping, {}),
    }));
  };
}

const parseMapping: Parse<UserInfo['mapping']> = (value, field) =>
  parseObject(value, field, (take) => ({
    sub: take('sub', parseText, 'sub'),
    ...Object.fromEntries(Object.keys(value ?? {}).map((name) => [name, take(name, parseText)])),
  }));

function parseTenants({ isTemplate }: IssuerIdentifier): Parse<readonly string[]> {
  return (value, field) => {
    const tenants = parseTexts(value, field);
    if (!isTemplate) refuse(field, `absent: "issuer" is no template with ${TENANT}`);
    return tenants.length > 0 ? tenants : refuse(field, 'a list with at least one entry');
  };
}

/** Lists the URLs that the configuration names and that no protected resource may cover: requests to them hold codes and tokens. */
export function guardedUrls({ url }: IssuerIdentifier, server: AuthorizationServer | undefined): readonly URL[] {
  // The UserInfo endpoint is an API, which takes the access token. Keys are public, and may be on the host of an API.
  const { authorization_endpoint, token_endpoint, revocation_endpoint, pushed_authorization_request_endpoint } =
    server?.metadata ?? {};
  const texts = [authorization_endpoint, token_endpoint, revocation_endpoint, pushed_authorization_request_endpoint];
  return [url, ...texts.flatMap((text) => (text === undefined ? [] : [new URL(text)]))];
}

/** Creates the parser of a URL of the server: it is not less secure than the issuer, and may have a query (RFC 6749, section 3). */
function parseServerUrl({ protocol }: URL): Parse<string> {
  return (value, field) => {
    const text = parseText(value, field);
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isAsSecure = url?.protocol === 'https:' || (url?.protocol === protocol && isSecure(url));
    return url && isAsSecure && !url.username && !url.password && !text.includes('#')
      ? url.href
      : refuse(field, 'an absolute https URL without user information and fragment');
  };
}

function parseMetadata(serverUrl: Parse<string>): Parse<KnownMetadata> {
  const endpoint = optional(serverUrl);
  const list = optional(parseTexts);
  const isTrue = optional<true>((value, field) => (value === true ? value : refuse(field, 'true, or absent')));
  return (value, field) =>
    parseObject(value, field, (take) => ({
      authorization_endpoint: take('authorization_endpoint', endpoint),
      token_endpoint: take('token_endpoint', endpoint),
      jwks_uri: take('jwks_uri', endpoint),
      userinfo_endpoint: take('userinfo_endpoint', endpoint),
      revocation_endpoint: take('revocation_endpoint', endpoint),
      end_session_endpoint: take('end_session_endpoint', endpoint),
      pushed_authorization_request_endpoint: take('pushed_authorization_request_endpoint', endpoint),
      require_pushed_authorization_requests: take('require_pushed_authorization_requests', isTrue),
      authorization_response_iss_parameter_supported: take('authorization_response_iss_parameter_supported', isTrue),
      code_challenge_methods_supported: take('code_challenge_methods_supported', list),
      id_token_signing_alg_values_supported: take('id_token_signing_alg_values_supported', list),
      userinfo_signing_alg_values_supported: take('userinfo_signing_alg_values_supported', list),
      authorization_signing_alg_values_supported: take('authorization_signing_alg_values_supported', list),
    }));
}
