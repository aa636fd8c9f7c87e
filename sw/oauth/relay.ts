import { hasMembers } from '../../src/protocol/json.ts';
import {
  formatProof,
  fromHex,
  PROOF_KEY_INFO,
  proofMessage,
  RELAY_HEADER,
  type RelayEndpoint,
  type RelayIdentity,
  type RelayOutcome,
  toHex,
} from '../../src/protocol/relay-proof.ts';
import { RelayFailure } from './relay-failure.ts';

const encoder = new TextEncoder();

/** Dependencies of {@link RelayedRequests}. */
export interface RelayParts {
  /** Address of the relay: the app's origin and its path. */
  readonly address: string;
  /** Identity that the server has put into the worker script. */
  readonly identity: RelayIdentity;
  readonly send: typeof fetch;
  /** The clock, in milliseconds since the epoch. */
  readonly now: () => number;
  /** Fetches the worker script anew: the next version has another identity. */
  readonly updateWorker: () => void;
  /** Writes a warning for the developer. */
  readonly warn: (message: string) => void;
}

/** Outcomes that pass without a change of the app or its server. */
const PASSING: readonly (string | null)[] = ['limited', 'unreachable'] satisfies RelayOutcome[];

/** Requests to the relay of the app's own server, each with a proof that it is from this worker. */
export class RelayedRequests {
  readonly #parts: RelayParts;
  #key: Promise<CryptoKey> | undefined;
  /** Difference between the server's clock and this one, in milliseconds, as far as it is known. */
  #offsetMs = 0;
  readonly #warned = new Set<string>();

  constructor(parts: RelayParts) {
    this.#parts = parts;
  }

  /**
   * Sends a request for an endpoint of the authorization server. A clock that is wrong costs one more request.
   *
   * @param init the request as the endpoint gets it, with a form as its body
   * @returns the response of the authorization server
   * @throws {@link RelayFailure} if the response is of the relay itself, or of another server
   */
  async send(endpoint: RelayEndpoint, init: RequestInit): Promise<Response> {
    const target = `${this.#parts.address}/${endpoint}`;
    const response = await this.#sendOnce(target, init);
    const nowMs = response.headers.get(RELAY_HEADER) === 'stale' ? await readTime(response) : undefined;
    if (nowMs === undefined) return this.#accept(response);
    this.#offsetMs = nowMs - this.#parts.now();
    return this.#accept(await this.#sendOnce(target, init));
  }

  async #sendOnce(target: string, init: RequestInit): Promise<Response> {
    const { identity, send, now } = this.#parts;
    const body = new Uint8Array(await new Response(init.body ?? null).arrayBuffer());
    const headers = new Headers(init.headers);
    const proven = { target, bodyDigest: await digest(body), dpop: headers.get('dpop') ?? '' };
    const proof = {
      workerId: identity.workerId,
      timeMs: Math.max(0, now() + this.#offsetMs),
      nonce: toHex(crypto.getRandomValues(new Uint8Array(16))),
    };
    const mac = await crypto.subtle.sign('HMAC', await this.#proofKey(), encoder.encode(proofMessage(proven, proof)));
    headers.set(RELAY_HEADER, formatProof({ ...proof, mac: toHex(new Uint8Array(mac)) }));
    headers.set('content-type', 'application/x-www-form-urlencoded');
    return send(target, { ...init, headers, body });
  }

  /** Derives the key of proofs. It cannot be exported. */
  #proofKey(): Promise<CryptoKey> {
    return (this.#key ??= deriveProofKey(this.#parts.identity));
  }

  async #accept(response: Response): Promise<Response> {
    const outcome = response.headers.get(RELAY_HEADER);
    if (outcome === 'answered') return response;
    // The key of the server may have changed.
    if (outcome === 'refused') this.#parts.updateWorker();
    const failure = new RelayFailure(this.#parts.address, response.status, outcome);
    if (!PASSING.includes(outcome) && !this.#warned.has(failure.reason)) {
      this.#warned.add(failure.reason);
      this.#parts.warn(`${failure.reason}. ${failure.next}.`);
    }
    throw failure;
  }
}

async function deriveProofKey({ secret }: RelayIdentity): Promise<CryptoKey> {
  const root = await crypto.subtle.importKey('raw', fromHex(secret), 'HKDF', false, ['deriveKey']);
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: encoder.encode(PROOF_KEY_INFO) };
  return crypto.subtle.deriveKey(parameters, root, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign']);
}

async function digest(body: Uint8Array<ArrayBuffer>): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', body)));
}

async function readTime(response: Response): Promise<number | undefined> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  const nowMs = hasMembers(body) ? body['nowMs'] : undefined;
  return typeof nowMs === 'number' && Number.isSafeInteger(nowMs) ? nowMs : undefined;
}
