import { isFramed, onLook, onUserEvent, openWindow, resolveUrl } from './platform.ts';
import { platformFailure } from './platform-failure.ts';
import { deserializeError, isTokenwardError, TokenwardError } from '../protocol/error.ts';
import { type PopupEnd, parsePopupEnd } from '../protocol/popup.ts';
import type { Claims, Session } from '../protocol/session.ts';
import type { AuthorizationWishes, NextNavigation } from '../protocol/worker-api.ts';
import { PageUser, userChange } from './page-user.ts';
import type { SessionStore } from './session-store.ts';

/** Size of the window in CSS pixels. */
const SIZE = { width: 500, height: 680 };

/** Actions of the page that a sign-in in a pop-up needs. */
export interface PopupSignInParts<C extends Claims> {
  /** Asks the worker for the address of its login endpoint. */
  readonly prepare: (request: AuthorizationWishes) => Promise<NextNavigation>;
  /** Asks the worker for the end of a sign-in. */
  readonly endOf: (popupId: string) => Promise<PopupEnd | undefined>;
  /** Shows the session that the worker has now. */
  readonly refresh: () => Promise<void>;
  /** Shows a session that the worker has reported. */
  readonly show: (session: Session<C>) => void;
  /** Calls a listener with the session at once, and after every change. */
  readonly subscribe: SessionStore<C>['subscribe'];
}

/** Sign-in in a pop-up that has not ended. */
interface OpenSignIn {
  readonly id: string;
  readonly popup: Window;
  /** User whose session the page has shown before; `undefined` if it has shown none. */
  readonly user: Claims | undefined;
  /** Ends it; what comes later changes nothing. */
  readonly end: (error?: unknown) => void;
}

/**
 * Sign-ins in pop-ups, one at a time in a page. The worker takes the response in the pop-up and notifies the pages. The pages need no
 * handle of the window, which a policy for openers takes from them as soon as the window is at the authorization server. So no page can
 * see that the user has closed it there: it counts as closed when it is out of reach, the user is back in the page, and the worker
 * knows of no end.
 */
export class PopupSignIn<C extends Claims> {
  readonly #parts: PopupSignInParts<C>;
  #open: OpenSignIn | undefined;
  readonly #user: PageUser;

  constructor(parts: PopupSignInParts<C>) {
    this.#parts = parts;
    this.#user = new PageUser(parts.subscribe);
  }

  /** Whether a sign-in has not ended. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /**
   * Signs in in a pop-up. It opens the window before it returns, while the browser allows it.
   *
   * @param request options of the sign-in
   * @returns a promise that resolves when there is the session, of the user whose session the page has shown before, if it has shown one
   * @throws {@link TokenwardError} `popup_blocked`, `popup_closed`, `popup_superseded`, `popup_cancelled`, `user_changed`,
   *   `navigation_blocked` in a frame, or the error of the sign-in
   */
  async begin(request: AuthorizationWishes): Promise<void> {
    if (isFramed()) throw framed();
    const popup = openWindow(SIZE);
    if (!popup) throw blocked();
    this.#open?.popup.close();
    this.#open?.end(superseded('Another sign-in in a pop-up has begun.'));
    const id = crypto.randomUUID();
    const ending = new AbortController();
    try {
      await new Promise<void>((resolve, reject) => {
        this.#open = {
          id,
          popup,
          user: this.#user.claims,
          end: (error) => (error === undefined ? resolve() : reject(error)),
        };
        this.#lead(this.#open, request, ending.signal).catch(reject);
      });
    } catch (error) {
      popup.close();
      throw isTokenwardError(error) ? error : platformFailure(error);
    } finally {
      ending.abort();
      if (this.#open?.id === id) this.#open = undefined;
    }
  }

  /** Takes a message of the worker. */
  receive(message: unknown): void {
    const end = parsePopupEnd<C>(message);
    if (end && end.popupId === this.#open?.id) this.#take(this.#open, end);
  }

  /** Leads the window to the worker's login endpoint, and watches for a user who comes back. */
  async #lead(signIn: OpenSignIn, request: AuthorizationWishes, signal: AbortSignal): Promise<void> {
    const { url } = await this.#parts.prepare({ ...request, popupId: signIn.id });
    if (signal.aborted) return;
    // Nothing has taken the empty window from this page but the user.
    if (signIn.popup.closed) throw closed();
    signIn.popup.location.replace(resolveUrl(url));
    const look = (): void => void this.#look(signIn).catch(signIn.end);
    onLook(look, signal);
    onUserEvent(['click', 'keydown'], look, signal);
  }

  /** Looks what has become of the sign-in, since the user is back in the page. */
  async #look(signIn: OpenSignIn): Promise<void> {
    // A policy for openers makes it read so for a window that is open, too, and nothing makes it read that a closed one is open.
    if (!signIn.popup.closed) return;
    const end = parsePopupEnd<C>(await this.#parts.endOf(signIn.id));
    if (end) return this.#take(signIn, end);
    // The worker may have been stopped just after the begin of a session.
    await this.#parts.refresh();
    signIn.end(closed());
  }

  #take(signIn: OpenSignIn, { session, error }: PopupEnd<C>): void {
    this.#parts.show(session);
    if (error) signIn.end(error.serverCode === 'access_denied' ? cancelled() : deserializeError(error));
    else if (session.status === 'signed-in') signIn.end(userChange(signIn.user, session.claims));
    else if (session.reason === 'other-user' && session.lastError) signIn.end(deserializeError(session.lastError));
    else signIn.end(superseded('The user has signed out meanwhile.'));
  }
}

function framed(): TokenwardError {
  return new TokenwardError(
    'navigation_blocked',
    'login(): this page is in a frame, whose worker may be another one than that of the pop-up. Call it in a window of its own.',
  );
}

function blocked(): TokenwardError {
  return new TokenwardError(
    'popup_blocked',
    'The browser has opened no window. Call login() while the user clicks or presses a key, or without "popup".',
  );
}

function closed(): TokenwardError {
  return new TokenwardError(
    'popup_closed',
    'The user has closed the pop-up, or has come back to the page before the sign-in ended. Show the sign-in button again.',
  );
}

function superseded(what: string): TokenwardError {
  return new TokenwardError('popup_superseded', `${what} Wait for that one.`);
}

function cancelled(): TokenwardError {
  return new TokenwardError(
    'popup_cancelled',
    'The user, or the authorization server, has denied the sign-in in the pop-up. Show the sign-in button again.',
    { serverCode: 'access_denied' },
  );
}
