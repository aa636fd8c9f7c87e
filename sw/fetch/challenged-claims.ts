import {
  CLAIMS_MEMBERS,
  findOtherClaim,
  MAX_CLAIMS_CHARACTERS,
  parseClaimsRequest,
} from '../../src/configuration/claims-request.ts';
import type { ProtectedResource } from '../../src/configuration/protected-resource.ts';

/** Claims of a challenge. */
export interface ChallengedClaims {
  /** Claims request as JSON; absent if it is not used. */
  readonly claims?: string;
  /** Reason why it is not used, for the developer. */
  readonly claimsRefusal?: string;
}

/**
 * Reads the parameter `claims` of a challenge: a claims request (OpenID Connect Core 1.0, section 5.5) as JSON, in base64, in base64url or
 * percent-encoded. The result is written anew, and holds only claims that the configuration allows.
 *
 * @param parameter value of the parameter; `undefined` if the challenge has none
 * @param resource resource that sent the challenge
 */
export function readChallengedClaims(
  parameter: string | undefined,
  { origin, path, claimsFromChallenge }: Pick<ProtectedResource, 'origin' | 'path' | 'claimsFromChallenge'>,
): ChallengedClaims {
  if (parameter === undefined) return {};
  const request = parseClaimsRequest(decodeClaims(parameter.trim()) ?? '');
  const sender = `${origin}${path}`;
  if (!request) {
    return {
      claimsRefusal: `${sender} requires claims that are no claims request: a JSON object of at most ${MAX_CLAIMS_CHARACTERS} characters with ${CLAIMS_MEMBERS.join(', ')}. They are not requested. Correct the challenge at the API.`,
    };
  }
  const other = findOtherClaim(request, claimsFromChallenge);
  if (other) {
    const claim = JSON.stringify(other.claim.slice(0, 64));
    return {
      claimsRefusal: `${sender} requires the claim ${claim}, which is not requested. If sign-ins may request it, add ${claim} to "claimsFromChallenge.${other.member}" of this protected resource.`,
    };
  }
  return { claims: JSON.stringify(request) };
}

/** Decodes a text that is JSON at the end; `undefined` if it is none in any of the encodings. */
function decodeClaims(text: string): string | undefined {
  if (text.startsWith('{')) return text;
  try {
    if (/^%7b/i.test(text)) return decodeURIComponent(text);
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
