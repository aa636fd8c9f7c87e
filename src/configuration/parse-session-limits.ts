import { integer, optional, type Parse, parseObject, refuse } from './field.ts';

/** Limits of a session, in milliseconds; at least one is set. */
export interface SessionLimits {
  readonly idleMs: number | undefined;
  readonly absoluteMs: number | undefined;
  readonly warnBeforeMs: number;
}

/** Longest limit: a year, in seconds. */
const MAX_SECONDS = 366 * 24 * 60 * 60;

/** Shortest limit, in seconds: pages report activity once in 15 seconds. */
const MIN_SECONDS = 30;

const DEFAULT_WARNING_SECONDS = 60;

/**
 * Parses the limits of a session.
 *
 * @throws {@link TokenwardError} `configuration_invalid`, whose message names the field
 */
export const parseSessionLimits: Parse<SessionLimits> = (value, field) =>
  parseObject(value, field, (take) => {
    const idle = take('idleSeconds', optional(integer(MIN_SECONDS, MAX_SECONDS)));
    const absolute = take('absoluteSeconds', optional(integer(MIN_SECONDS, MAX_SECONDS)));
    const shortest = Math.min(idle ?? Infinity, absolute ?? Infinity);
    if (shortest === Infinity) refuse(field, 'an object with "idleSeconds" or "absoluteSeconds"');
    const half = Math.floor(shortest / 2);
    const warnBefore = take('warnBeforeSeconds', integer(0, half), Math.min(DEFAULT_WARNING_SECONDS, half));
    return { idleMs: milliseconds(idle), absoluteMs: milliseconds(absolute), warnBeforeMs: warnBefore * 1000 };
  });

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
