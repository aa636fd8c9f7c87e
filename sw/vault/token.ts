import { hasMembers, type UnknownMembers } from '../../src/protocol/json.ts';

/** Purpose of a token. The compiler keeps the kinds apart. */
export type TokenKind = 'access_token' | 'refresh_token' | 'id_token' | 'code_verifier' | 'dpop_key';

/**
 * Secret string that cannot be logged, serialized as JSON, joined into a text or posted to another thread by accident. Only
 * {@link Token.reveal} returns the string, for code that sends or seals it.
 */
export class Token<K extends TokenKind> {
  /** Purpose of the token. */
  readonly kind: K;
  readonly #value: string;
  /** Function that makes the token uncloneable: `postMessage()` of any value that holds a token throws DataCloneError. */
  readonly uncloneable: () => void = () => {};

  constructor(kind: K, value: string) {
    this.kind = kind;
    this.#value = value;
  }

  /** Returns the token itself. Call it only to send the token to its server, or to seal it. */
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

/** Converts an object to JSON members with its tokens revealed. Only the vault may receive the result. */
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

/** Parses a token from the vault; returns `undefined` if there is none. */
export function parseToken<K extends TokenKind>(kind: K, value: unknown): Token<K> | undefined {
  return typeof value === 'string' ? new Token(kind, value) : undefined;
}
