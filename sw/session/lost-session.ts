import { SESSION_SCOPE, SESSION_USER } from '../../src/protocol/default-names.ts';
import { hasStrings, isStringList, parseStrings } from '../../src/protocol/json.ts';
import { parseToken, type Token } from '../vault/token.ts';
import type { TokenSet } from './token-set.ts';

/** Facts of a session that was lost, by which a renewal finds the same user again. None of them opens an API. */
export interface LostSession {
  /** Subject of the session: a renewal that ends with another one does not bring it back. */
  readonly sub: string;
  /** Issuer of the subject: with many tenants, two users may have one subject. */
  readonly iss?: string | undefined;
  /** The scopes that the sign-in asked for. */
  readonly scopes: readonly string[];
  /** Parameters of the sign-in that its renewal repeats. */
  readonly parameters: Readonly<Record<string, string>>;
  /** ID token, as a hint about the user; absent after an alarm, which leaves no token behind. */
  readonly idToken?: Token<'id_token'> | undefined;
}

/** Returns what is remembered of a session after its tokens are gone. */
export function rememberSession({ claims, scopes, parameters = {}, idToken }: TokenSet): LostSession {
  const { sub, iss } = claims;
  return { sub, ...(typeof iss === 'string' && { iss }), scopes, parameters, idToken };
}

/** Reads a lost session from the vault; `undefined` if it is none. */
export function parseLostSession(value: unknown): LostSession | undefined {
  if (!hasStrings(value, 'sub') || !isStringList(value['scopes'])) return undefined;
  const { sub, iss, scopes, parameters, idToken } = value;
  return {
    sub,
    ...(typeof iss === 'string' && { iss }),
    scopes,
    parameters: parseStrings(parameters),
    idToken: parseToken('id_token', idToken),
  };
}

/**
 * Returns what a page needs to remember of a session, for a worker that forgets it: the query of a silent sign-in. It holds nothing that the
 * page does not know, and no token.
 */
export function renewalHintOf({ claims, scopes, parameters = {} }: TokenSet): string {
  return String(new URLSearchParams({ ...parameters, [SESSION_SCOPE]: scopes.join(' '), [SESSION_USER]: claims.sub }));
}
