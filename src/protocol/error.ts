/** Every code that a {@link TokenwardError} can have. `docs/errors.md` has an entry for each. */
export const ERROR_CODES = [
  'configuration_invalid',
  'insecure_context',
  'service_worker_unsupported',
  'worker_script_not_found',
  'worker_script_not_javascript',
  'worker_script_failed',
  'worker_timeout',
  'worker_version_mismatch',
  'request_invalid',
  'issuer_unreachable',
  'issuer_invalid',
  'authorization_refused',
  'authorization_response_invalid',
  'token_endpoint_unavailable',
  'token_request_refused',
  'token_response_invalid',
  'id_token_invalid',
  'session_ended',
  'adoption_not_allowed',
  'internal_error',
] as const;

/** A documented reason for a failure. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** An error as it crosses threads: Comlink would drop all but the message. */
export interface SerializedError {
  readonly code: ErrorCode;
  readonly message: string;
  /** The authorization server's own `error` code, where it sent one (RFC 6749, sections 4.1.2.1 and 5.2). */
  readonly serverCode?: string;
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;
}

/** What a {@link TokenwardError} may carry beside its code and message. */
export interface TokenwardErrorOptions {
  readonly serverCode?: string | undefined;
  readonly cause?: unknown;
}

const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'issuer_unreachable',
  'token_endpoint_unavailable',
  'worker_timeout',
]);

const ERROR_CODE_SET: ReadonlySet<string> = new Set(ERROR_CODES);

/** The one error class of this library. Its message says what was expected, what happened, and what to do next. */
export class TokenwardError extends Error {
  override readonly name: string = 'TokenwardError';
  /** The documented reason. */
  readonly code: ErrorCode;
  /** The authorization server's own `error` code, where it sent one. */
  readonly serverCode: string | undefined;

  /**
   * @param code the documented reason
   * @param message what was expected, what happened, what to do next; never a token, code, state, body or query string
   * @param options the server's own code, and the cause, which stays in the thread where it was thrown
   */
  constructor(code: ErrorCode, message: string, options: TokenwardErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.serverCode = options.serverCode;
  }

  /** Whether the same call may succeed later without any change. */
  get retryable(): boolean {
    return RETRYABLE.has(this.code);
  }
}

/** Whether a value is a {@link TokenwardError}, also one of another realm or of another copy of this module. */
export function isTokenwardError(value: unknown): value is TokenwardError {
  return value instanceof Error && value.name === 'TokenwardError' && 'code' in value && isErrorCode(value.code);
}

/** Whether a value is one of {@link ERROR_CODES}. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && ERROR_CODE_SET.has(value);
}

/**
 * Makes an error fit to cross threads. Whatever is not of this library becomes `internal_error` without its message,
 * which might hold anything.
 */
export function serializeError(error: unknown): SerializedError {
  if (!isTokenwardError(error)) {
    return {
      code: 'internal_error',
      message: 'Something unexpected happened in the worker; its console has the details.',
      retryable: false,
    };
  }
  const { code, message, serverCode, retryable } = error;
  return { code, message, retryable, ...(serverCode === undefined ? {} : { serverCode }) };
}

/** Gives an error that crossed threads its class back. */
export function deserializeError({ code, message, serverCode }: SerializedError): TokenwardError {
  return new TokenwardError(code, message, { serverCode });
}
