import { hasMembers } from './json.ts';

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
  'worker_unregistered',
  'worker_replaced',
  'worker_impersonated',
  'request_invalid',
  'other_user',
  'issuer_unreachable',
  'issuer_invalid',
  'authorization_refused',
  'authorization_response_invalid',
  'token_endpoint_unavailable',
  'token_request_refused',
  'token_response_invalid',
  'id_token_invalid',
  'userinfo_unavailable',
  'userinfo_invalid',
  'adoption_not_allowed',
  'internal_error',
] as const;

/** A documented reason for a failure. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** What was being done when it failed. */
export type ErrorPhase = 'setup' | 'worker' | 'call' | 'discovery' | 'authorization' | 'token' | 'userinfo';

/** An error as it crosses threads: Comlink would drop all but the message. */
export interface SerializedError {
  readonly code: ErrorCode;
  readonly message: string;
  /** The authorization server's own `error` code, where it sent one (RFC 6749, sections 4.1.2.1 and 5.2). */
  readonly serverCode?: string;
  /** What was being done when it failed. */
  readonly phase: ErrorPhase;
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;
}

/** What a {@link TokenwardError} may carry beside its code and message. */
export interface TokenwardErrorOptions {
  readonly serverCode?: string | undefined;
  readonly retryAfter?: string | undefined;
  readonly cause?: unknown;
}

/** The codes of failures that may pass. */
const RETRYABLE = /_(unreachable|unavailable|timeout)$/;

/** The phases by the beginning of the codes; what is not here is of the phase `worker`. */
const PHASES: readonly (readonly [ErrorPhase, RegExp])[] = [
  ['setup', /^(con|ins|ser|worker_[sv])/],
  ['call', /^(req|ado|oth)/],
  ['discovery', /^iss/],
  ['authorization', /^aut/],
  ['token', /^(tok|id_)/],
  ['userinfo', /^use/],
];

/** The one error class of this library. Its message says what was expected, what happened, and what to do next. */
export class TokenwardError extends Error {
  override readonly name: string = 'TokenwardError';
  /** The documented reason. */
  readonly code: ErrorCode;
  /** The authorization server's own `error` code, where it sent one. */
  readonly serverCode: string | undefined;
  /** When the server wants to be asked again, as its `Retry-After` has it (RFC 9110, section 10.2.3); within one thread. */
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

  /** What was being done when it failed. */
  get phase(): ErrorPhase {
    return PHASES.find(([, codes]) => codes.test(this.code))?.[0] ?? 'worker';
  }

  /** Whether the same call may succeed later without any change. */
  get retryable(): boolean {
    return RETRYABLE.test(this.code);
  }
}

/** Whether a value is a {@link TokenwardError}, also one of another realm or of another copy of this module. */
export function isTokenwardError(value: unknown): value is TokenwardError {
  return hasMembers(value) && value['name'] === 'TokenwardError' && isErrorCode(value['code']);
}

/**
 * Makes an error fit to cross threads. Whatever is not of this library becomes `internal_error` without its message,
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

/** Reads an error that crossed threads, or came out of the vault; `undefined` if it is none. */
export function parseError(value: unknown): SerializedError | undefined {
  if (!hasMembers(value)) return undefined;
  const { code, message, serverCode } = value;
  if (!isErrorCode(code) || typeof message !== 'string') return undefined;
  return serializeError(
    new TokenwardError(code, message, { serverCode: typeof serverCode === 'string' ? serverCode : undefined }),
  );
}

/** Whether a value looks like a code; those of another release pass too. */
function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && /^\w+$/.test(value);
}

/** Gives an error that crossed threads its class back. */
export function deserializeError({ code, message, serverCode }: SerializedError): TokenwardError {
  return new TokenwardError(code, message, { serverCode });
}
