import type { ErrorCode } from '../../src/protocol/error-codes.ts';
import { isTokenwardError, type TokenwardError } from '../../src/protocol/error.ts';

/** Codes of errors that show a mismatch between the authorization server and the configuration. */
const MISMATCHES: readonly ErrorCode[] = [
  'issuer_invalid',
  'authorization_response_invalid',
  'token_response_invalid',
  'id_token_invalid',
  'userinfo_invalid',
];

/** Codes of the server for a client that is registered in another form (RFC 6749, section 5.2). */
const CLIENT_ERRORS: readonly (string | undefined)[] = ['invalid_client', 'unauthorized_client'];

/** Largest number of warnings while the worker runs. */
const MAX_WARNINGS = 20;

/** Wraps a function, so that its errors are observed and thrown on. */
export type NoticeFailures = <A extends readonly unknown[], R>(
  act: (...args: A) => Promise<R>,
) => (...args: A) => Promise<R>;

/**
 * Creates a wrapper for requests to the authorization server. It warns the developer once of each error that goes on until a developer changes
 * the server or the configuration. It does not warn of a lost connection or of a session that has ended.
 *
 * @param warn writes a warning
 */
export function noticeFailures(warn: (message: string) => void): NoticeFailures {
  const warned = new Set<string>();
  return (act) =>
    async (...args) => {
      try {
        return await act(...args);
      } catch (error) {
        if (isMismatch(error) && !warned.has(error.message) && warned.size < MAX_WARNINGS) {
          warned.add(error.message);
          warn(error.message);
        }
        throw error;
      }
    };
}

function isMismatch(error: unknown): error is TokenwardError {
  return isTokenwardError(error) && (MISMATCHES.includes(error.code) || CLIENT_ERRORS.includes(error.serverCode));
}
