/** Header that holds the worker's proof in a request, and the {@link RelayOutcome} in a response. */
export const RELAY_HEADER = 'tokenward-relay';

/** Names of the endpoints of the authorization server that the relay forwards to: last segments of its paths. */
export const RELAY_ENDPOINTS = ['token', 'revocation', 'pushed'] as const;

/** Endpoint of the authorization server that the relay forwards to. */
export type RelayEndpoint = (typeof RELAY_ENDPOINTS)[number];

/**
 * Origin of a response of the relay: the authorization server has `answered`; the relay `refused` the request, its proof is `stale`,
 * there were too many (`limited`), the server was `unreachable`, or did not accept the relay's client authentication (`client`).
 */
export type RelayOutcome = 'answered' | 'refused' | 'stale' | 'limited' | 'unreachable' | 'client';

/** Parts of a request that its proof covers. */
export interface ProvenRequest {
  /** URL at the relay: the app's origin and the path, whose last segment is the {@link RelayEndpoint}. */
  readonly target: string;
  /** SHA-256 of the body, in hexadecimal digits. */
  readonly bodyDigest: string;
  /** Header field `DPoP`; empty if there is none. */
  readonly dpop: string;
}

/** Proof that a request is from a worker that got its script from this server. */
export interface RelayProof {
  /** Public name of the worker's identity: 128 random bits. */
  readonly workerId: string;
  /** Time of the request, in milliseconds since the epoch. */
  readonly timeMs: number;
  /** 128 random bits. */
  readonly nonce: string;
  /** HMAC-SHA-256 of {@link proofMessage}. */
  readonly mac: string;
}

/** Returns the text that the MAC of a proof is of. No part can hold a line break, so that no two requests have the same text. */
export function proofMessage(request: ProvenRequest, proof: Omit<RelayProof, 'mac'>): string {
  const { target, bodyDigest, dpop } = request;
  return [VERSION, 'POST', target, proof.workerId, proof.timeMs, proof.nonce, bodyDigest, dpop].join('\n');
}

const VERSION = 'tokenward relay 1';

/** Formats a proof as the value of {@link RELAY_HEADER}. */
export function formatProof({ workerId, timeMs, nonce, mac }: RelayProof): string {
  return [workerId, timeMs, nonce, mac].join('.');
}

/** Parses the value of {@link RELAY_HEADER}; `undefined` if it is no proof. */
export function parseProof(value: string | null): RelayProof | undefined {
  const [, workerId, time, nonce, mac] =
    /^([\da-f]{32})\.(\d{1,15})\.([\da-f]{32})\.([\da-f]{64})$/.exec(value ?? '') ?? [];
  if (workerId === undefined || time === undefined || nonce === undefined || mac === undefined) return undefined;
  return { workerId, timeMs: Number(time), nonce, mac };
}

/** Name of the global variable in which the server puts the identity, before the script. */
export const IDENTITY_NAME = '__tokenwardRelay';

/** Identity that the server puts into a worker script: a public name, and the secret that it derives from that name. */
export interface RelayIdentity {
  readonly workerId: string;
  readonly secret: string;
}

/** Formats an identity for the worker script. */
export function formatIdentity({ workerId, secret }: RelayIdentity): string {
  return `${workerId}.${secret}`;
}

/** Parses an identity of a worker script; `undefined` if the script has none. */
export function parseIdentity(value: unknown): RelayIdentity | undefined {
  const text = typeof value === 'string' ? value : '';
  const [, workerId, secret] = /^([\da-f]{32})\.([\da-f]{64})$/.exec(text) ?? [];
  return workerId === undefined || secret === undefined ? undefined : { workerId, secret };
}

/** Purpose by which the key of the MAC is derived from the secret of an identity, with HKDF-SHA-256. */
export const PROOF_KEY_INFO = 'tokenward relay proof';

/** Encodes bytes as hexadecimal digits. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Decodes hexadecimal digits. */
export function fromHex(digits: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
