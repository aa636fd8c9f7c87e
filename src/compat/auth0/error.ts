import { isTokenwardError } from '../../page/index.ts';

/** Error with the members that code written against auth0-spa-js reads. */
export class GenericError extends Error {
  override readonly name: string = 'GenericError';
  /** Code of the authorization server, such as `login_required`, or a code of `docs/errors.md` if the server sent none. */
  readonly error: string;
  readonly error_description: string;

  /**
   * @param error a code
   * @param description what was expected, what happened, what to do next
   * @param cause the error that it was made of
   */
  constructor(error: string, description: string, cause?: unknown) {
    super(description, { cause });
    this.error = error;
    this.error_description = description;
  }
}

/** Failed sign-in, thrown by `handleRedirectCallback()`. */
export class AuthenticationError<AppState = unknown> extends GenericError {
  override readonly name: string = 'AuthenticationError';
  readonly state: string;
  /** State that the app passed to `loginWithRedirect()`. */
  readonly appState: AppState | undefined;

  /**
   * @param error a code
   * @param description what to do next
   * @param transaction the sign-in that it was
   */
  constructor(
    error: string,
    description: string,
    { state, appState }: { readonly state: string; readonly appState?: AppState | undefined },
  ) {
    super(error, description);
    this.state = state;
    this.appState = appState;
  }
}

/** Converts an error of Tokenward to the form that the app's code expects. Other errors stay as they are. */
export function toGenericError(error: unknown): unknown {
  return isTokenwardError(error) ? new GenericError(error.serverCode ?? error.code, error.message, error) : error;
}
