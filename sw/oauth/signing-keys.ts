import * as oauth from 'oauth4webapi';
import { hasMembers, isStringList, type UnknownMembers } from '../../src/protocol/json.ts';
import { withoutDeepMembers } from './depth.ts';
import { FailedCheck } from './mismatch.ts';
import type { RequestOptions } from './request-options.ts';
import { unverifiedHeader } from './unverified-claims.ts';

/** Largest number of keys that one signature is verified with: a server has two or three, and each costs time. */
const MAX_CANDIDATES = 10;

/** Time for which keys are used without asking for them again, in milliseconds. */
const MAX_AGE_MS = 300_000;

/** Age from which keys are fetched once more because none fits, in milliseconds: no answer can make the worker fetch in a loop. */
const MIN_AGE_MS = 10_000;

/** Key types of the signatures that a server's key can verify (RFC 7518, section 3.1; RFC 8037). No `HS256`: a secret is not in a key set. */
const KEY_TYPES: Readonly<Record<string, string>> = { RS: 'RSA', PS: 'RSA', ES: 'EC', Ed: 'OKP', ML: 'AKP' };

/** Curves of the algorithms that name one. */
const CURVES: Readonly<Record<string, string>> = {
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
  Ed25519: 'Ed25519',
  EdDSA: 'Ed25519',
};

/** Verification of a JWT by oauth4webapi, which fetches the keys with the options. */
type Verify<T> = (server: oauth.AuthorizationServer, options: RequestOptions) => Promise<T>;

/** JWT, and where its keys are. */
export interface SignedAnswer {
  /** The JWT, whose header says which keys fit. */
  readonly jwt: string;
  readonly server: oauth.AuthorizationServer;
  readonly options: RequestOptions;
  /** Whether a key may sign for the issuer of the JWT; any key by default. */
  readonly isOfIssuer?: (key: UnknownMembers) => boolean;
}

/**
 * Keys of the authorization server (OpenID Connect Core 1.0, section 10.1). oauth4webapi takes a key set with one key that fits and refuses
 * one with several, so it is given each of them by itself.
 */
export class SigningKeys {
  readonly #now: () => number;
  #keys: readonly UnknownMembers[] = [];
  /** Time of the last fetch, in milliseconds since the epoch. */
  #fetchedAtMs = Number.NEGATIVE_INFINITY;

  /** @param now the clock, in milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Verifies a signature with each key that fits, up to a limit. If none is the right one, the keys are fetched once more, unless that has
   * just been done: the server may have changed them.
   *
   * @param verify called with a key set of one key until it succeeds
   * @throws what `verify` throws
   */
  async verify<T>({ jwt, ...answer }: SignedAnswer, verify: Verify<T>): Promise<T> {
    const header = unverifiedHeader(jwt);
    for (;;) {
      const attempt = await this.#verifyWithEach(header, answer, verify);
      if ('value' in attempt) return attempt.value;
      if (this.#ageMs() < MIN_AGE_MS) throw attempt.error;
      this.#fetchedAtMs = Number.NEGATIVE_INFINITY;
    }
  }

  async #verifyWithEach<T>(
    header: UnknownMembers,
    { server, options, isOfIssuer = () => true }: Omit<SignedAnswer, 'jwt'>,
    verify: Verify<T>,
  ): Promise<{ readonly value: T } | { readonly error: unknown }> {
    let error: unknown;
    let candidates: readonly UnknownMembers[] | undefined;
    for (let index = 0; index === 0 || index < (candidates?.length ?? 0); index++) {
      const send: RequestOptions[typeof oauth.customFetch] = async (url, init) => {
        const refusal = await this.#fetchUnlessFresh(() => options[oauth.customFetch](url, init));
        candidates ??= findCandidates(this.#keys.filter(isOfIssuer), header);
        return refusal ?? Response.json({ keys: candidates.slice(index, index + 1) });
      };
      try {
        // The library remembers keys by the object of the metadata.
        return { value: await verify({ ...server }, { ...options, [oauth.customFetch]: send }) };
      } catch (cause) {
        if (!candidates || !isOfKey(cause)) throw cause;
        // What the browser says of a key that it cannot use may look as if there were no connection.
        if (cause instanceof oauth.OperationProcessingError) error = cause;
        else error ??= new FailedCheck('the key of the server cannot be used', { cause });
      }
    }
    return { error };
  }

  /** @returns the response, if it holds no keys; the library says what is wrong with it */
  async #fetchUnlessFresh(send: () => Promise<Response>): Promise<Response | undefined> {
    if (this.#ageMs() < MAX_AGE_MS) return undefined;
    const response = await send();
    const body: unknown = await response
      .clone()
      .json()
      .catch(() => undefined);
    if (response.status !== 200 || !hasMembers(body) || !Array.isArray(body['keys'])) return response;
    this.#keys = body['keys'].filter(hasMembers).map(withoutOddMembers);
    this.#fetchedAtMs = this.#now();
    return undefined;
  }

  /** Returns the age of the keys. A clock that was set back makes them old. */
  #ageMs(): number {
    const ageMs = this.#now() - this.#fetchedAtMs;
    return ageMs < 0 ? Number.POSITIVE_INFINITY : ageMs;
  }
}

/**
 * Lists the keys that may have made a signature (RFC 7517, section 4), those of the same name first. A key without a name may be meant by
 * any: whether it is the right one, the signature says.
 */
function findCandidates(keys: readonly UnknownMembers[], { alg, kid }: UnknownMembers): readonly UnknownMembers[] {
  const name = String(alg);
  const type = KEY_TYPES[name.slice(0, 2)];
  if (type === undefined) return [];
  const fitting = keys.filter(
    (key) =>
      key['kty'] === type &&
      (key['alg'] ?? name) === name &&
      (key['use'] ?? 'sig') === 'sig' &&
      (!isStringList(key['key_ops']) || key['key_ops'].includes('verify')) &&
      (CURVES[name] ?? key['crv']) === key['crv'],
  );
  if (kid === undefined) return fitting.slice(0, MAX_CANDIDATES);
  const isNamed = typeof kid === 'string' && kid !== '';
  const meant = isNamed ? fitting.filter((key) => key['kid'] === kid) : fitting;
  const nameless = isNamed ? fitting.filter((key) => key['kid'] === undefined) : [];
  return [...meant, ...nameless].slice(0, MAX_CANDIDATES).map((key) => ({ ...key, kid }));
}

/** Removes optional members of a key that are null, empty or of another type (RFC 7517, section 4), and those that cannot be passed on. */
function withoutOddMembers(key: UnknownMembers): UnknownMembers {
  const cleaned = withoutDeepMembers(key);
  for (const name of ['kid', 'alg', 'use']) {
    if (typeof key[name] !== 'string' || key[name] === '') Reflect.deleteProperty(cleaned, name);
  }
  if (!isStringList(key['key_ops'])) Reflect.deleteProperty(cleaned, 'key_ops');
  return cleaned;
}

/** Whether another key may do: this one does not fit, cannot be used, or has not made the signature. */
function isOfKey(error: unknown): boolean {
  if (error instanceof oauth.AuthorizationResponseError) return false;
  if (!(error instanceof oauth.OperationProcessingError)) return true;
  return error.code === oauth.KEY_SELECTION || (hasMembers(error.cause) && 'signature' in error.cause);
}
