/** Every code that a `TokenwardError` can have. `docs/errors.md` has an entry for each. */
export const ERROR_CODES = [
  'configuration_invalid',
  'insecure_context',
  'service_worker_unsupported',
  'worker_script_not_found',
  'worker_script_not_javascript',
  'worker_script_failed',
  'worker_script_blocked',
  'worker_timeout',
  'worker_version_mismatch',
  'worker_unregistered',
  'worker_replaced',
  'worker_impersonated',
  'navigation_cancelled',
  'navigation_blocked',
  'step_up_unmet',
  'popup_blocked',
  'popup_closed',
  'popup_superseded',
  'popup_cancelled',
  'request_invalid',
  'other_user',
  'issuer_unreachable',
  'issuer_invalid',
  'authorization_refused',
  'authorization_response_invalid',
  'user_changed',
  'token_endpoint_unavailable',
  'token_request_refused',
  'token_response_invalid',
  'id_token_invalid',
  'userinfo_unavailable',
  'userinfo_invalid',
  'adoption_not_allowed',
  'internal_error',
] as const;

/** Documented reason for a failure. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** Step at which something failed. */
export type ErrorPhase = 'setup' | 'worker' | 'call' | 'discovery' | 'authorization' | 'token' | 'userinfo';

/** Facts about the failures of a code. */
interface ErrorFacts {
  readonly phase: ErrorPhase;
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;
}

/** Facts by code. */
const FACTS: Readonly<Record<ErrorCode, ErrorFacts>> = {
  configuration_invalid: { phase: 'setup', retryable: false },
  insecure_context: { phase: 'setup', retryable: false },
  service_worker_unsupported: { phase: 'setup', retryable: false },
  worker_script_not_found: { phase: 'setup', retryable: false },
  worker_script_not_javascript: { phase: 'setup', retryable: false },
  worker_script_failed: { phase: 'setup', retryable: false },
  worker_script_blocked: { phase: 'setup', retryable: false },
  worker_timeout: { phase: 'worker', retryable: true },
  worker_version_mismatch: { phase: 'setup', retryable: false },
  worker_unregistered: { phase: 'worker', retryable: false },
  worker_replaced: { phase: 'worker', retryable: false },
  worker_impersonated: { phase: 'worker', retryable: false },
  navigation_cancelled: { phase: 'call', retryable: true },
  navigation_blocked: { phase: 'call', retryable: false },
  step_up_unmet: { phase: 'call', retryable: false },
  popup_blocked: { phase: 'call', retryable: false },
  popup_closed: { phase: 'call', retryable: true },
  popup_superseded: { phase: 'call', retryable: false },
  popup_cancelled: { phase: 'authorization', retryable: true },
  request_invalid: { phase: 'call', retryable: false },
  other_user: { phase: 'call', retryable: false },
  issuer_unreachable: { phase: 'discovery', retryable: true },
  issuer_invalid: { phase: 'discovery', retryable: false },
  authorization_refused: { phase: 'authorization', retryable: false },
  authorization_response_invalid: { phase: 'authorization', retryable: false },
  user_changed: { phase: 'authorization', retryable: false },
  token_endpoint_unavailable: { phase: 'token', retryable: true },
  token_request_refused: { phase: 'token', retryable: false },
  token_response_invalid: { phase: 'token', retryable: false },
  id_token_invalid: { phase: 'token', retryable: false },
  userinfo_unavailable: { phase: 'userinfo', retryable: true },
  userinfo_invalid: { phase: 'userinfo', retryable: false },
  adoption_not_allowed: { phase: 'call', retryable: false },
  internal_error: { phase: 'worker', retryable: false },
};

/** Whether a value is a code of this release. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return ERROR_CODES.some((code) => code === value);
}

/** Returns the facts about the failures of a code. */
export function factsOf(code: ErrorCode): ErrorFacts {
  return FACTS[code];
}
