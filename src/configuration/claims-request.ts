import { hasMembers } from '../protocol/json.ts';
import { optional, type Parse, parseObject, parseTexts, refuse } from './field.ts';

/** Members of a claims request: where the claims are to be (OpenID Connect Core 1.0, section 5.5), and the access token. */
export const CLAIMS_MEMBERS = ['access_token', 'id_token', 'userinfo'] as const;

/** Member of a claims request. */
export type ClaimsMember = (typeof CLAIMS_MEMBERS)[number];

/** Names of claims, by the member of the claims request that they are requested in. */
export type ClaimNames = { readonly [M in ClaimsMember]?: readonly string[] | undefined };

/** Value that a claim is requested with. */
type ClaimValue = string | number | boolean;

/** Request of one claim (OpenID Connect Core 1.0, section 5.5.1); `null` for a voluntary claim of any value. */
type ClaimRequest = {
  readonly essential?: boolean;
  readonly value?: ClaimValue;
  readonly values?: readonly ClaimValue[];
} | null;

/** Claims request (OpenID Connect Core 1.0, section 5.5). */
export type ClaimsRequest = { readonly [M in ClaimsMember]?: Readonly<Record<string, ClaimRequest>> };

/** Largest length of a claims request, in characters: with the rest of the authorization request, it may stand in a URL. */
export const MAX_CLAIMS_CHARACTERS = 2048;

/** Parses the claims that challenges of a resource may ask for. */
export const parseClaimNames: Parse<ClaimNames | undefined> = optional((value, field) => {
  const names = parseObject<ClaimNames>(value, field, (take) => ({
    access_token: take('access_token', optional(parseTexts)),
    id_token: take('id_token', optional(parseTexts)),
    userinfo: take('userinfo', optional(parseTexts)),
  }));
  const isEmpty = CLAIMS_MEMBERS.every((member) => !names[member]?.length);
  return isEmpty ? refuse(field, `an object with a list of claims as ${CLAIMS_MEMBERS.join(', ')}`) : names;
});

/**
 * Parses a claims request as JSON. It accepts nothing that it does not know, so that the whole of what it accepts can be compared with
 * a list.
 *
 * @returns `undefined` if it is none, is empty, or is too long
 */
export function parseClaimsRequest(text: string): ClaimsRequest | undefined {
  const value = text.length > MAX_CLAIMS_CHARACTERS ? undefined : parseJson(text);
  if (!hasMembers(value) || Object.keys(value).length === 0) return undefined;
  const request: { [M in ClaimsMember]?: Readonly<Record<string, ClaimRequest>> } = {};
  for (const [name, claims] of Object.entries(value)) {
    const member = CLAIMS_MEMBERS.find((known) => known === name);
    const parsed = parseClaims(claims);
    if (!member || !parsed) return undefined;
    request[member] = parsed;
  }
  return request;
}

/** Returns the first claim of a request that is not on a list. */
export function findOtherClaim(
  request: ClaimsRequest,
  allowed: ClaimNames | undefined,
): { readonly member: ClaimsMember; readonly claim: string } | undefined {
  for (const member of CLAIMS_MEMBERS) {
    const claim = Object.keys(request[member] ?? {}).find((name) => !allowed?.[member]?.includes(name));
    if (claim !== undefined) return { member, claim };
  }
  return undefined;
}

/**
 * Adds the claims of a challenge to those that the configuration always requests. Where both name a claim, the configuration's request
 * counts, which a challenge must not weaken.
 *
 * @param configured the configuration's claims request as JSON, which was checked
 */
export function addClaims(configured: string | undefined, challenged: ClaimsRequest): string {
  const value = parseJson(configured ?? '{}');
  const always = hasMembers(value) ? value : {};
  const added = CLAIMS_MEMBERS.flatMap((member) => {
    const claims = challenged[member];
    const own = always[member];
    return claims ? [[member, { ...claims, ...(hasMembers(own) && own) }]] : [];
  });
  return JSON.stringify({ ...always, ...Object.fromEntries(added) });
}

/** Whether a text is a JSON object: challenges can add claims to nothing else. */
export function isJsonObject(text: string): boolean {
  return hasMembers(parseJson(text));
}

function parseClaims(value: unknown): Readonly<Record<string, ClaimRequest>> | undefined {
  if (!hasMembers(value) || Object.keys(value).length === 0) return undefined;
  const claims = Object.entries(value).map(([name, item]) => [name, parseClaim(item)] as const);
  return claims.every(isKnown) ? Object.fromEntries(claims.filter(isKnown)) : undefined;
}

function isKnown(
  entry: readonly [name: string, claim: ClaimRequest | undefined],
): entry is readonly [name: string, claim: ClaimRequest] {
  return entry[1] !== undefined;
}

function parseClaim(claim: unknown): ClaimRequest | undefined {
  if (claim === null) return null;
  if (!hasMembers(claim)) return undefined;
  const { essential, value, values, ...others } = claim;
  if (Object.keys(others).length > 0) return undefined;
  if (essential !== undefined && typeof essential !== 'boolean') return undefined;
  if (value !== undefined && !isClaimValue(value)) return undefined;
  if (values !== undefined && !isValueList(values)) return undefined;
  return {
    ...(essential !== undefined && { essential }),
    ...(value !== undefined && { value }),
    ...(values !== undefined && { values }),
  };
}

function isClaimValue(value: unknown): value is ClaimValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function isValueList(value: unknown): value is readonly ClaimValue[] {
  return Array.isArray(value) && value.every(isClaimValue);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
