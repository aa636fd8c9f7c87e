import type { EndSessionAddress } from './configuration.ts';
import { type Parse, parseObject, parseText, parseTexts, refuse, secureUrl } from './field.ts';

/** The authorization request parameters that the flow itself sets (RFC 6749, 7636, 9101; OpenID Connect Core). */
const RESERVED =
  /^(client_id|code_challenge(_method)?|dpop_jkt|nonce|redirect_uri|request(_uri)?|response_(mode|type)|scope|state)$/;

/** Parses the end of the session at the server; the default is `undefined`, so that it is not in the fingerprint. */
export const parseEndSession: Parse<'local' | Required<EndSessionAddress> | undefined> = (value, field) => {
  if (value === 'auto') return undefined;
  if (value === 'local') return value;
  if (typeof value === 'string') refuse(field, 'auto or local, or an object with "url"');
  return parseObject(value, field, (take) => ({
    url: take('url', secureUrl()).href,
    parameters: take('parameters', parseStringsByName, {}),
  }));
};

/** Parses strings by their names. */
const parseStringsByName: Parse<Readonly<Record<string, string>>> = (value, field) =>
  parseObject(value, field, (take) =>
    Object.fromEntries(Object.keys(value ?? {}).map((name) => [name, take(name, parseText)])),
  );

/** Parses names of parameters of the authorization request. */
export function parseParameterNames(value: unknown, field: string): readonly string[] {
  const names = parseTexts(value, field);
  const reserved = names.find((name) => RESERVED.test(name));
  return reserved === undefined ? names : refuse(`${field}.${reserved}`, 'absent: the flow itself sets it');
}

/** Creates the parser of parameters of the authorization request. */
export function parseParameters(openid: false | undefined): Parse<Readonly<Record<string, string>>> {
  return (value, field) => {
    const parameters = parseObject(value, field, (take) =>
      Object.fromEntries(
        parseParameterNames(Object.keys(value ?? {}), field).map((name) => [name, take(name, parseText)]),
      ),
    );
    // The ID token is checked against it (OpenID Connect Core 1.0, section 3.1.2.1).
    const { max_age: maxAge } = parameters;
    if (maxAge !== undefined && openid === false) refuse(`${field}.max_age`, 'absent: "openid" is false');
    return maxAge === undefined || /^\d+$/.test(maxAge)
      ? parameters
      : refuse(`${field}.max_age`, 'a number of seconds');
  };
}
