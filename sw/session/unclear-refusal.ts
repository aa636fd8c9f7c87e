import type { ErrorCode } from '../../src/protocol/error-codes.ts';
import { isTokenwardError, type TokenwardError } from '../../src/protocol/error.ts';
import type { NextState } from './session-record.ts';
import type { SessionState, SignedInState } from './session-state.ts';
import type { TokenSet } from './token-set.ts';
import { countUnclear, MAX_UNCLEAR_ANSWERS } from './unclear-answers.ts';

/** Codes of answers that are neither tokens nor a refusal. */
const UNCLEAR: readonly ErrorCode[] = ['token_response_invalid', 'id_token_invalid'];

/** Dependencies of {@link countsAsRefusal}. */
export interface UnclearParts {
  readonly load: () => Promise<SessionState>;
  readonly replace: (from: SignedInState, next: NextState) => Promise<SessionState | undefined>;
  readonly now: () => number;
  /** Whether the authorization server answers a request for its metadata now. */
  readonly isServerReachable: () => Promise<boolean>;
}

/**
 * Whether a failed refresh counts as a refusal though the server has not refused as OAuth says. Counts an answer that is neither tokens nor
 * a refusal. Many in a row, over minutes, are one if the server is otherwise reachable and no access token can be used any more:
 * `decisions/unclear-refusals.md` says why.
 *
 * @param from the session that was refreshed
 */
export async function countsAsRefusal(
  error: unknown,
  from: SignedInState,
  { load, replace, now, isServerReachable }: UnclearParts,
): Promise<boolean> {
  if (!isUnclear(error)) return false;
  const state = await load();
  if (!state.tokens || state.tokens !== from.tokens || hasUsableToken(state.tokens, now())) return false;
  const { tokens, lastError, unclearAnswers } = state;
  const next = countUnclear(unclearAnswers, now());
  if (!next) return false;
  if (next.count >= MAX_UNCLEAR_ANSWERS) return isServerReachable();
  await replace(from, { tokens, lastError, unclearAnswers: next });
  return false;
}

/** Whether an error is an answer that is neither tokens nor a refusal. No answer, or one that says it will pass, is none. */
function isUnclear(error: unknown): error is TokenwardError {
  return isTokenwardError(error) && UNCLEAR.includes(error.code);
}

/** Whether a session has an access token that can still be used: then its requests work without a refresh. */
function hasUsableToken({ accessTokens }: TokenSet, nowMs: number): boolean {
  return Object.values(accessTokens).some(({ expiresAtMs, lifetimeMs }) => {
    const remainingMs = expiresAtMs - nowMs;
    return remainingMs > 0 && remainingMs <= lifetimeMs;
  });
}
