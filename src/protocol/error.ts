import { type ErrorCode, type ErrorPhase, factsOf, isErrorCode } from './error-codes.ts';
import { hasMembers, hasStrings } from './json.ts';

/** Error as it crosses threads: Comlink would drop all but the message. */
export interface SerializedError {
  readonly code: ErrorCode;
  readonly message: string;
  /** Error code of the authorization server, where it sent one (RFC 6749, sections 4.1.2.1 and 5.2). */
  readonly serverCode?: string;
  /** Step at which it failed. */
  readonly phase: ErrorPhase;
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;
}

/** Members of a {@link TokenwardError} beside its code and message. */
export interface TokenwardErrorOptions {
  readonly serverCode?: string | undefined;
  readonly retryAfter?: string | undefined;
  readonly cause?: unknown;
}

/** The one error class of this library. Its message says what was expected, what happened, and what to do next. */
export class TokenwardError extends Error {
  override readonly name: string = 'TokenwardError';
  /** Documented reason. */
  readonly code: ErrorCode;
  /** Error code of the authorization server, where it sent one. */
  readonly serverCode: string | undefined;
  /** Value of the `Retry-After` header of the server (RFC 9110, section 10.2.3); within one thread. */
  readonly retryAfter: string | undefined;

  /**
   * @param code the documented reason
   * @param message what was expected, what happened, what to do next; never a token, code, state, body or query string
   * @param options the server's own code, and the cause, which stays in the thread where it was thrown
   */
  constructor(code: ErrorCode, message: string, options: TokenwardErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.serverCode = options.serverCode;
    this.retryAfter = options.retryAfter;
  }

  /** Step at which it failed. */
  get phase(): ErrorPhase {
    return factsOf(this.code).phase;
  }

  /** Whether the same call may succeed later without any change. */
  get retryable(): boolean {
    return factsOf(this.code).retryable;
  }
}

/**
 * Whether a value is a {@link TokenwardError}, also one of another realm or of another copy of this module.
 *
 * @example
 * ```ts
 * client.login().catch((error) => {
 *   if (isTokenwardError(error) && error.retryable) showRetry(error.message);
 * });
 * ```
 */
export function isTokenwardError(value: unknown): value is TokenwardError {
  return (
    hasStrings(value, 'message', 'phase') &&
    value['name'] === 'TokenwardError' &&
    isErrorCode(value['code']) &&
    typeof value['retryable'] === 'boolean' &&
    [value['serverCode'], value['retryAfter']].every((text) => text === undefined || typeof text === 'string')
  );
}

/**
 * Serializes an error, so that it can cross threads. An error that is not of this library becomes `internal_error` without its message,
 * which might hold anything.
 */
export function serializeError(error: unknown): SerializedError {
  const { code, message, serverCode } = isTokenwardError(error)
    ? error
    : {
        code: 'internal_error' as const,
        message: 'Something unexpected happened in the worker. Look at its console.',
        serverCode: undefined,
      };
  const { phase, retryable } = new TokenwardError(code, message);
  return { code, message, phase, retryable, ...(serverCode === undefined ? {} : { serverCode }) };
}

/** Parses an error that crossed threads, or came out of the vault; `undefined` if it is none. */
export function parseError(value: unknown): SerializedError | undefined {
  if (!hasMembers(value)) return undefined;
  const { code, message, serverCode } = value;
  if (typeof code !== 'string' || !/^\w+$/.test(code) || typeof message !== 'string') return undefined;
  // Another release may have codes that this one does not know.
  const known = isErrorCode(code) ? code : 'internal_error';
  return serializeError(
    new TokenwardError(known, message, { serverCode: typeof serverCode === 'string' ? serverCode : undefined }),
  );
}

/** Deserializes an error that crossed threads. */
export function deserializeError({ code, message, serverCode }: SerializedError): TokenwardError {
  return new TokenwardError(code, message, { serverCode });
}
