import { CLAIMS_PROOF } from '../../src/protocol/default-names.ts';
import { TokenwardError } from '../../src/protocol/error.ts';
import { findOtherClaim, parseClaimsRequest } from '../../src/configuration/claims-request.ts';
import type { ProtectedResource } from '../../src/configuration/protected-resource.ts';

/** Time for which the claims of a challenge can be requested, in milliseconds. */
const LIFETIME_MS = 60 * 60 * 1000;

/** Claims of a challenge, and the worker's proof that a protected resource has sent them. */
export interface ProvenClaims {
  /** Claims request as JSON (OpenID Connect Core 1.0, section 5.5). */
  readonly text: string;
  readonly proof: string;
}

/** Dependencies of the proofs. */
export interface ClaimsProofParts {
  /** Computes an authentication tag that page script cannot compute. */
  readonly tag: (purpose: string, text: string) => Promise<string>;
  readonly protectedResources: readonly Pick<ProtectedResource, 'claimsFromChallenge'>[];
  /** The clock, in milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Proofs that the claims of a sign-in come from a challenge of a protected resource. The page carries claims and proof from the challenge
 * to the sign-in, and can change neither.
 */
export class ClaimsProofs {
  readonly #parts: ClaimsProofParts;

  constructor(parts: ClaimsProofParts) {
    this.#parts = parts;
  }

  /** Proves that a protected resource has sent these claims now. */
  async prove(text: string): Promise<string> {
    return this.#proofAt(text, this.#parts.now());
  }

  /**
   * Verifies the claims in the query of the login endpoint. An earlier configuration may have allowed more.
   *
   * @returns `undefined` if the query has no proof: its claims are then those of the page
   * @throws {@link TokenwardError} `request_invalid`
   */
  async verify(query: URLSearchParams): Promise<ProvenClaims | undefined> {
    const [proof, ...others] = query.getAll(CLAIMS_PROOF);
    const [text = '', ...more] = query.getAll('claims');
    if (proof === undefined) return undefined;
    const { protectedResources, now } = this.#parts;
    const sinceMs = Number(proof.split(' ')[0]);
    const isNew = Math.abs(now() - sinceMs) < LIFETIME_MS;
    const isSingle = others.length === 0 && more.length === 0;
    if (!isSingle || !isNew || proof !== (await this.#proofAt(text, sinceMs))) throw unproven();
    const request = parseClaimsRequest(text);
    const isAllowed = protectedResources.some(
      ({ claimsFromChallenge }) => request && !findOtherClaim(request, claimsFromChallenge),
    );
    if (!isAllowed) throw unproven();
    return { text, proof };
  }

  async #proofAt(text: string, atMs: number): Promise<string> {
    return `${atMs} ${await this.#parts.tag('claims of a challenge', JSON.stringify([atMs, text]))}`;
  }
}

function unproven(): TokenwardError {
  return new TokenwardError(
    'request_invalid',
    'This sign-in is not allowed: its claims are not those of a challenge that this worker has seen within the last hour. Send the request again, and sign in with the challenge that it meets.',
  );
}
