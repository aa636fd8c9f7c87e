import { hasMembers, type UnknownMembers } from '../../src/protocol/json.ts';

/** What a token is for; the compiler keeps the kinds apart. */
export type TokenKind = 'access_token' | 'refresh_token' | 'id_token' | 'code_verifier' | 'dpop_key';

/**
 * A secret string that cannot be logged, put into JSON, joined into a text or posted to another thread by accident.
 * Only {@link Token.reveal} gives the string, where it is sent or sealed.
 */
export class Token<K extends TokenKind> {
  /** What the token is for. */
  readonly kind: K;
  readonly #value: string;
  /** A function cannot be cloned: `postMessage` of anything that holds a token throws DataCloneError. */
  readonly uncloneable: () => void = () => {};

  constructor(kind: K, value: string) {
    this.kind = kind;
    this.#value = value;
  }

  /** The token itself. Call it only to send it to where it belongs, or to seal it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return `[${this.kind}]`;
  }

  toJSON(): never {
    throw new TypeError(`${this.toString()} must not be serialised.`);
  }
}

/** Gives an object as JSON may hold it, the tokens in it revealed: for the vault and for nobody else. */
export function revealTokens(members: object): UnknownMembers {
  const reveal = (value: unknown): unknown =>
    value instanceof Token
      ? value.reveal()
      : Array.isArray(value)
        ? value.map(reveal)
        : hasMembers(value)
          ? revealTokens(value)
          : value;
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, reveal(value)]));
}

/** A token out of the vault; `undefined` if there is none. */
export function parseToken<K extends TokenKind>(kind: K, value: unknown): Token<K> | undefined {
  return typeof value === 'string' ? new Token(kind, value) : undefined;
}
