import { vi } from 'vitest';
import { PopupSignIn } from '../../src/page/popup-sign-in.ts';
import { serializeError, TokenwardError } from '../../src/protocol/error.ts';
import type { PopupEnd } from '../../src/protocol/popup.ts';
import type { Claims, Session, SignedIn } from '../../src/protocol/session.ts';

/** No session. */
export const SIGNED_OUT: Session = { status: 'signed-out', reason: 'not-signed-in' };
/** Session of a user. */
export const SIGNED_IN: SignedIn = {
  status: 'signed-in',
  claims: { sub: 'ada' },
  scopes: [],
  expiresAtMs: 0,
  storage: 'sealed',
  network: 'online',
};

/** A window that the page has opened. */
interface OpenedWindow {
  closed: boolean;
  readonly location: { readonly replace: (url: string) => void };
  readonly close: () => void;
}

type Handler = (event: { readonly isTrusted: boolean }) => void;

/** Everything that a page's sign-in in a pop-up touches. */
export class PopupWorld {
  readonly #listeners: ((session: Session) => void)[] = [];
  readonly opened: OpenedWindow[] = [];
  readonly visited: string[] = [];
  readonly handlers: [type: string, handler: Handler][] = [];
  /** Pop-ups that the page has named to the worker, the oldest first. */
  readonly ids: string[] = [];
  /** End that the worker knows of. */
  known: PopupEnd | undefined;
  session: Session = SIGNED_OUT;
  mayOpen = true;
  isActive: boolean | undefined = true;
  isFramed = false;
  prepare = async (): Promise<{ readonly url: string }> => ({ url: '/auth/login?session_popup=id' });
  readonly popups = new PopupSignIn<Claims>({
    prepare: async ({ popupId = '' }) => {
      this.ids.push(popupId);
      return this.prepare();
    },
    endOf: async () => this.known,
    refresh: async () => {},
    show: (session) => this.show(session),
    subscribe: (listener) => {
      this.#listeners.push(listener);
      listener(this.session);
      return () => {};
    },
  });

  constructor() {
    const events = {
      addEventListener: (type: string, handler: Handler, { signal }: AddEventListenerOptions = {}) => {
        const entry: [string, Handler] = [type, handler];
        this.handlers.push(entry);
        signal?.addEventListener('abort', () => void this.handlers.splice(this.handlers.indexOf(entry), 1));
      },
    };
    const self = {};
    vi.stubGlobal('document', { ...events, visibilityState: 'visible', baseURI: 'https://app.example/notes' });
    const page = {
      ...events,
      screenX: 0,
      screenY: 0,
      outerWidth: 1200,
      outerHeight: 900,
      self,
      open: () => this.#open(),
    };
    Object.defineProperties(page, {
      navigator: { get: () => (this.isActive === undefined ? {} : { userActivation: { isActive: this.isActive } }) },
      top: { get: () => (this.isFramed ? {} : self) },
    });
    vi.stubGlobal('window', page);
  }

  /** Shows a session in the page. */
  show(session: Session): void {
    this.session = session;
    for (const listener of this.#listeners) listener(session);
  }

  /** Begins a sign-in; returns its outcome. */
  begin(): Promise<string> {
    return this.popups.begin({}).then(
      () => 'signed in',
      (error: unknown) => (error instanceof TokenwardError ? error.code : String(error)),
    );
  }

  /** Begins a sign-in, and waits until its window is at the worker's endpoint. */
  async beginAndLeave(): Promise<{ readonly outcome: Promise<string> }> {
    const count = this.visited.length;
    const outcome = this.begin();
    await vi.waitUntil(() => this.visited.length > count);
    return { outcome };
  }

  /** Takes the windows out of the reach of the page, as a policy for openers does, or as the user closes them. */
  loseWindows(): void {
    for (const opened of this.opened) opened.closed = true;
  }

  fire(type: string, isTrusted: boolean = true): void {
    for (const [known, handler] of this.handlers) if (known === type) handler({ isTrusted });
  }

  /** The worker notifies the page of an end. */
  tell(session: Session, code?: 'authorization_refused' | 'id_token_invalid', serverCode?: string): PopupEnd {
    const error = code && serializeError(new TokenwardError(code, 'Why.', { serverCode }));
    const end = { popupId: this.ids.at(-1) ?? '', session, ...(error && { error }) };
    this.popups.receive({ type: 'tokenward:popup', ...end });
    return end;
  }

  #open(): OpenedWindow | null {
    if (!this.mayOpen) return null;
    const opened: OpenedWindow = {
      closed: false,
      location: { replace: (url) => void this.visited.push(url) },
      close: () => (opened.closed = true),
    };
    this.opened.push(opened);
    return opened;
  }
}
