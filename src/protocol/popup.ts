import { parseError, type SerializedError } from './error.ts';
import { hasMembers } from './json.ts';
import { parseSession, type Claims, type Session } from './session.ts';

/** End of a sign-in in a pop-up. */
export interface PopupEnd<C extends Claims = Claims> {
  /** Name that the page has given to the sign-in. */
  readonly popupId: string;
  /** Session after it. */
  readonly session: Session<C>;
  /** Error of the sign-in; absent if it was completed. */
  readonly error?: SerializedError;
}

/** Parses the end of a sign-in that came from the worker; `undefined` if it is none. */
export function parsePopupEnd<C extends Claims>(value: unknown): PopupEnd<C> | undefined {
  if (!hasMembers(value)) return undefined;
  const { popupId } = value;
  const session = parseSession<C>(value['session']);
  const error = parseError(value['error']);
  if (typeof popupId !== 'string' || !session) return undefined;
  return { popupId, session, ...(error && { error }) };
}
