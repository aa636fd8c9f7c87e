import { isTokenwardError } from '../../page/index.ts';

/** What goes wrong, as code that was written against auth0-spa-js looks at it. */
export class GenericError extends Error {
  override readonly name: string = 'GenericError';
  /** The authorization server's code where there is one, such as `login_required`; else one of `docs/errors.md`. */
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

/** A sign-in that came to nothing, thrown by `handleRedirectCallback()`. */
export class AuthenticationError<AppState = unknown> extends GenericError {
  override readonly name: string = 'AuthenticationError';
  readonly state: string;
  /** What the app had passed to `loginWithRedirect()`. */
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

/** Gives an error of Tokenward the form that the app's code looks for; others stay what they are. */
export function toGenericError(error: unknown): unknown {
  return isTokenwardError(error) ? new GenericError(error.serverCode ?? error.code, error.message, error) : error;
}
