import type { AuthorizationServer, KnownMetadata } from './authorization-server.ts';
import { optional, type Parse, parseObject, parseText, parseTexts, refuse } from './field.ts';
import { isSecure } from './loopback.ts';
import { wellKnownUrl } from './server-location.ts';

/** Issuer identifier of the configuration. */
export interface IssuerIdentifier {
  readonly url: URL;
  /** The identifier, letter by letter. */
  readonly text: string;
}

/** Members without which the worker requests metadata. */
const SUFFICIENT = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const;

/** Creates the parser of the options about the authorization server. */
export function parseAuthorizationServer({ url, text }: IssuerIdentifier): Parse<AuthorizationServer> {
  const serverUrl = parseServerUrl(url);
  return (value, field) =>
    parseObject(value, field, (take): AuthorizationServer => {
      const metadata = take('metadata', parseMetadata(serverUrl), {});
      const isSufficient = SUFFICIENT.every((name) => metadata[name] !== undefined);
      const metadataUrl = take('metadataUrl', optional(serverUrl));
      return { issuer: text, metadataUrl: metadataUrl ?? (isSufficient ? undefined : wellKnownUrl(url)), metadata };
    });
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
