/** One challenge of a `WWW-Authenticate` header (RFC 9110, section 11.6.1), names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** A header longer than this is not read: it comes from another server. */
const MOST_CHARACTERS = 4096;

/** Either `name = value`, or a scheme, at most with its token68. */
const ITEM =
  /[,\s]*(?:([\w!#$%&'*+.^`|~-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[\w!#$%&'*+.^`|~-]+)(?=\s*(?:,|$))|([\w!#$%&'*+.^`|~-]+)(?:[ \t]+[\w.~+/-]+=*(?=\s*(?:,|$)))?)/gy;

/**
 * Parses the challenges of a response. What cannot be parsed ends the list; what stood before it counts.
 *
 * @param header the value of the header; several headers come joined by commas
 */
export function parseChallenges(header: string | null): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  if (header === null || header.length > MOST_CHARACTERS) return challenges;
  for (const [, name, value, scheme] of header.matchAll(ITEM)) {
    if (scheme) challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    else if (name && value) challenges.at(-1)?.parameters.set(name.toLowerCase(), unquote(value));
  }
  return challenges;
}

/** Whether a response says that the access token is expired, revoked or malformed (RFC 6750, section 3.1). */
export function refusesToken(response: Response): boolean {
  return hasChallenge(response, /^(bearer|dpop)$/, 'invalid_token');
}

/** Whether a response says that the proof must hold the nonce that came with it (RFC 9449, section 9). */
export function asksForNonce(response: Response): boolean {
  return hasChallenge(response, /^dpop$/, 'use_dpop_nonce');
}

function hasChallenge({ status, headers }: Response, schemes: RegExp, error: string): boolean {
  return (
    status === 401 &&
    parseChallenges(headers.get('www-authenticate')).some(
      ({ scheme, parameters }) => schemes.test(scheme) && parameters.get('error') === error,
    )
  );
}

function unquote(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
}
