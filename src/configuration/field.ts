import { TokenwardError } from '../protocol/error.ts';
import { hasMembers, isStringList } from '../protocol/json.ts';
import { closestName, describeUnknownName, describeUnknownOption } from '../protocol/unknown-option.ts';
import { isSecure } from './loopback.ts';

/** Narrows what a field holds. The field's name is for the error that says what it must be. */
export type Parse<T> = (value: unknown, field: string) => T;

/** Parses one field of an object; the fallback takes the place of a field that is not there. */
export type Take = <T>(name: string, parse: Parse<T>, fallback?: unknown) => T;

/** Throws the error of a field. The message names the expected value and does not repeat the given one. */
export function refuse(field: string, expected: string): never {
  fail(`"${field}" must be ${expected}.`);
}

function fail(what: string): never {
  throw new TokenwardError(
    'configuration_invalid',
    `Tokenward's configuration: ${what} Correct it where you configure Tokenward.`,
  );
}

/**
 * Parses an object whose fields are all known, and freezes the result.
 *
 * @param value the object in the configuration
 * @param field its name
 * @param build builds the result from the fields that it takes
 */
export function parseObject<T>(value: unknown, field: string, build: (take: Take) => T): Readonly<T> {
  if (!hasMembers(value)) return refuse(field, 'an object');
  const prefix = field === 'options' ? '' : `${field}.`;
  const names: string[] = [];
  const object = build((name, parse, fallback) => {
    names.push(name);
    const { [name]: item = fallback } = value;
    try {
      return parse(item, prefix + name);
    } catch (error) {
      if (item !== undefined) throw error;
      const misspelt = Object.keys(value).find((key) => key !== name && closestName(key, [name]) !== undefined);
      return fail(
        misspelt === undefined ? `"${prefix}${name}" is missing.` : describeUnknownName(misspelt, [name], prefix),
      );
    }
  });
  const unknown = describeUnknownOption(value, names, prefix);
  return unknown === undefined ? Object.freeze(object) : fail(unknown);
}

/** A string that is not empty. */
export const parseText: Parse<string> = (value, field) =>
  typeof value === 'string' && value ? value : refuse(field, 'a string that is not empty');

/** A list of strings, none empty and none twice. */
export const parseTexts: Parse<readonly string[]> = (value, field) =>
  isStringList(value) && !value.includes('') && new Set(value).size === value.length
    ? Object.freeze([...value])
    : refuse(field, 'a list of strings, none empty or twice');

/** Creates the parser of one of several strings. */
export function choice<const T extends string>(...choices: readonly T[]): Parse<T> {
  return (value, field) => choices.find((known) => known === value) ?? refuse(field, choices.join(' or '));
}

/** Creates the parser of a value that may be absent. */
export function optional<T>(parse: Parse<T>): Parse<T | undefined> {
  return (value, field) => (value === undefined ? undefined : parse(value, field));
}

/** Creates the parser of a whole number from `least` to `most`. */
export function integer(least: number, most: number): Parse<number> {
  return (value, field) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
      ? value
      : refuse(field, `a whole number from ${least} to ${most}`);
}

/** Creates the parser of a URL, absolute or relative to `base`, without user information, query and fragment. */
export function url(base?: string): Parse<URL> {
  return (value, field) => {
    const text = parseText(value, field);
    const parsed = URL.canParse(text, base) ? new URL(text, base) : undefined;
    return parsed?.href === `${parsed?.origin}${parsed?.pathname}`
      ? parsed
      : refuse(field, 'a URL without user information, query and fragment');
  };
}

/**
 * Creates the parser of a URL whose scheme is `https`, or `http` on a loopback host (RFC 8252, section 8.3; RFC 9700, section
 * 2.6).
 */
export function secureUrl(base?: string): Parse<URL> {
  return (value, field) => {
    const parsed = url(base)(value, field);
    return parsed.protocol.startsWith('http') && isSecure(parsed)
      ? parsed
      : refuse(field, 'an https URL (http only on localhost)');
  };
}
