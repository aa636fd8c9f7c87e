import { TokenwardError } from '../protocol/error.ts';
import { areUnnamed, type Claims, isSameUser } from '../protocol/session.ts';
import type { SessionStore } from './session-store.ts';

/** User whose session a page has shown last: what is written in the page is theirs, also after the session. */
export class PageUser {
  #claims: Claims | undefined;

  /** @param subscribe calls a listener with the session at once, and after every change */
  constructor(subscribe: SessionStore<Claims>['subscribe']) {
    subscribe((session) => {
      if (session.status === 'signed-in') this.#claims = session.claims;
    });
  }

  /** Claims of the user; `undefined` if the page has shown no session. */
  get claims(): Claims | undefined {
    return this.#claims;
  }
}

/**
 * Returns the error of a sign-in without leaving the page that has ended with another user; `undefined` if the page has shown no other.
 *
 * @param before claims of that user; `undefined` if the page has shown no session
 * @param now claims of the user of the new session
 */
export function userChange(before: Claims | undefined, now: Claims): TokenwardError | undefined {
  if (before === undefined || isSameUser(before, now) || areUnnamed(before.sub, now.sub)) return undefined;
  return new TokenwardError(
    'user_changed',
    'The sign-in in the pop-up has begun the session of another user than the one whom this page has shown. Reload the page, and send nothing of the user before.',
  );
}
