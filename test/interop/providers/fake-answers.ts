import { decodeJwt, SignJWT } from 'jose';
import { SIGNING_KEY } from '../../servers/authorization-server-configuration.ts';
import type { Context } from '../../servers/interactions.ts';
import { type Members, METADATA_NAMES, type Quirks } from './quirks.ts';

/** Answers a request for the metadata. */
export function publishMetadata(context: Context, { issuer, endpoints, metadata, readable }: Quirks): void {
  const urls = Object.entries(METADATA_NAMES).map(([name, member]) => [
    member,
    new Map(Object.entries(endpoints)).get(name),
  ]);
  if (readable.includes('metadata')) context.set('access-control-allow-origin', '*');
  context.body = { issuer, ...Object.fromEntries(urls), ...metadata };
}

/** Leaves out the issuer of an authorization response (RFC 9207) where the metadata do not announce it. */
export function bendAuthorizationResponse(context: Context, redirectUri: string, { metadata }: Quirks): void {
  const { location } = context.response.headers;
  if (typeof location !== 'string' || !location.startsWith(redirectUri)) return;
  if (metadata?.['authorization_response_iss_parameter_supported'] === true) return;
  const url = new URL(location);
  url.searchParams.delete('iss');
  context.set('location', url.href);
}

/** Treats a silent request as any other, at a server that does not know `prompt=none`. */
export function showPageToSilentRequest(context: Context): void {
  const query = new URLSearchParams(context.querystring);
  if (query.get('prompt') === 'none') query.delete('prompt');
  context.querystring = query.toString();
}

/** Spells a token response, or the refusal of a refresh, as the provider does. */
export async function bendTokenAnswer(
  context: Context,
  quirks: Quirks,
  { grantType, forged }: { readonly grantType: string | null; readonly forged: Members | undefined },
): Promise<void> {
  const body: unknown = context.body;
  if (typeof body !== 'object' || body === null) return;
  const members: Members = { ...body };
  const refusal = members['error'] === 'invalid_grant' ? quirks.refusal : quirks.clientRefusal;
  if (members['error'] !== undefined && refusal) {
    context.status = refusal.status;
    context.body = refusal.body;
    return;
  }
  if (context.status !== 200) return;
  const hasIdToken =
    members['id_token'] !== undefined && (grantType !== 'refresh_token' || quirks.idTokenAtRefresh === 'present');
  const answer = {
    ...members,
    id_token: hasIdToken ? await withClaims(String(members['id_token']), { ...quirks.claims, ...forged }) : undefined,
  };
  context.body = { ...answer, ...quirks.tokenResponse };
}

/** Signs an ID token once more, with other claims. */
async function withClaims(idToken: string, claims: Members): Promise<string> {
  return new SignJWT({ ...decodeJwt(idToken), ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'rsa-1' })
    .sign(SIGNING_KEY);
}
