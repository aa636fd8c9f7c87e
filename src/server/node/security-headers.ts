import type { ServerResponse } from 'node:http';
import { holdsValue } from '../gate-header.ts';
import type { SecurityPolicy } from '../security-policy.ts';

/**
 * Adds a policy's headers to a response that other code writes, at the moment when its head is sent: before that, the app's own
 * headers of the same name would replace them.
 *
 * @param response a response whose head has not been sent
 * @param policy the result of {@link createSecurityPolicy}
 */
export function addSecurityHeaders(response: ServerResponse, policy: SecurityPolicy): void {
  if ('stream' in response) addToStream(response.stream, policy);
  // Node calls `writeHead` for every response, also where the app does not.
  response.writeHead = new Proxy(response.writeHead, {
    apply(writeHead, self, [status, ...rest]: unknown[]): unknown {
      // Headers given here would override all earlier ones, so set them first.
      const given = rest.findIndex((argument) => typeof argument === 'object' && argument !== null);
      if (given !== -1) setHeaders(response, rest.splice(given, 1)[0]);
      for (const { name, value, merge } of policy.headers) {
        const present = merge === 'append' ? headerLines(response, name) : [];
        response.setHeader(name, holdsValue(present, value) ? present : [...present, value]);
      }
      return Reflect.apply(writeHead, self, [status, ...rest]);
    },
  });
}

/** Methods of an HTTP/2 stream that send the head of a response, with the place of the headers among the arguments. */
const SENDERS = [
  ['respond', 0],
  ['respondWithFD', 1],
  ['respondWithFile', 1],
] as const;

/**
 * Adds a policy's headers to what is sent on an HTTP/2 stream, past the response that stands for it.
 *
 * @see https://nodejs.org/api/http2.html#http2streamrespondheaders-options
 */
function addToStream(stream: unknown, { headers }: SecurityPolicy): void {
  if (typeof stream !== 'object' || stream === null) return;
  for (const [name, place] of SENDERS) {
    const send: unknown = Reflect.get(stream, name);
    if (typeof send !== 'function') continue;
    const secured = (...given: unknown[]): unknown => {
      const lines = new Map(toPairs(given[place]).map(([key, value]) => [String(key).toLowerCase(), value]));
      for (const { name: key, value, merge } of headers) {
        const present = merge === 'append' ? toLines(lines.get(key)) : [];
        lines.set(key, holdsValue(present, value) ? present : [...present, value]);
      }
      given[place] = Object.fromEntries(lines);
      return Reflect.apply(send, stream, given);
    };
    Reflect.set(stream, name, secured);
  }
}

function headerLines(response: ServerResponse, name: string): readonly string[] {
  return toLines(response.getHeader(name));
}

function toLines(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
}

/**
 * Sets headers in any form that `writeHead` takes: an object, a list of pairs, or a flat list of names and values, where a
 * name may come more than once.
 */
function setHeaders(response: ServerResponse, headers: unknown): void {
  const lines = new Map<string, string[]>();
  for (const [name, value] of toPairs(headers)) {
    const present = lines.get(String(name).toLowerCase()) ?? [];
    const added = Array.isArray(value) ? value.map(String) : [String(value)];
    lines.set(String(name).toLowerCase(), [...present, ...added]);
  }
  for (const [name, values] of lines) response.setHeader(name, values.length === 1 ? String(values[0]) : values);
}

function toPairs(headers: unknown): readonly (readonly unknown[])[] {
  if (typeof headers !== 'object' || headers === null) return [];
  if (!Array.isArray(headers)) return Object.entries(headers).filter(([, value]) => value !== undefined);
  const entries: readonly unknown[] = headers;
  const pairs = entries.filter((entry) => Array.isArray(entry));
  if (pairs.length === entries.length) return pairs;
  return entries.flatMap((name, index) => (index % 2 === 0 ? [[name, entries[index + 1]]] : []));
}
