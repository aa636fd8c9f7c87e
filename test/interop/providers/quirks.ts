/** Endpoints of a fake server. */
export type FakeEndpoint =
  | 'metadata'
  | 'authorization'
  | 'token'
  | 'keys'
  | 'user'
  | 'revocation'
  | 'endSession'
  | 'pushed';

/** Members of a JSON object. */
export type Members = Readonly<Record<string, unknown>>;

/** Answer that replaces the one of the library behind the fake server. */
export interface FakeAnswer {
  readonly status: number;
  readonly body: Members;
}

/** Description of a provider by what differs from oidc-provider, which does the rest: codes, PKCE, signatures, refusals. */
export interface Quirks {
  /** Issuer of its ID tokens. */
  readonly issuer: string;
  /** URLs of its endpoints; it has no others. */
  readonly endpoints: { readonly [Name in FakeEndpoint]?: string | undefined };
  /** Members of its metadata besides the endpoints; one of the name of an endpoint replaces it, and `undefined` leaves it out. */
  readonly metadata?: Members;
  /** Endpoints whose answers a page of another origin may read (CORS). */
  readonly readable: readonly FakeEndpoint[];
  /** Authentication of the client that the token endpoint demands beside PKCE; `none` is a public client. */
  readonly clientAuthentication: 'none' | 'client_secret_basic' | 'client_secret_post';
  /** Sign-in that gets a refresh token: each, none, or one with this scope or this parameter. */
  readonly refreshTokenFor:
    | 'always'
    | 'never'
    | { readonly scope: string }
    | { readonly parameter: readonly [string, string] };
  /** Whether a refresh replaces the refresh token. */
  readonly rotation: 'always' | 'never';
  readonly accessToken: 'jwt' | 'opaque';
  /** Whether the answer to a refresh has an ID token. */
  readonly idTokenAtRefresh: 'present' | 'absent';
  /** Claims of ID tokens besides the standard ones. */
  readonly claims?: Members;
  /** Members of each successful token response besides the standard ones, or spelled in another manner; `undefined` leaves one out. */
  readonly tokenResponse?: Members;
  /** Answer to a refresh that is refused; that of RFC 6749, section 5.2, by default. */
  readonly refusal?: FakeAnswer;
  /** Answer to a client without its secret; that of RFC 6749, section 5.2, by default. */
  readonly clientRefusal?: FakeAnswer;
  /** Whether `prompt=none` is known; otherwise a silent request gets a page as any other. */
  readonly promptNone: 'known' | 'unknown';
  /** Whether the user must consent to each request for a refresh token. */
  readonly consent: 'never' | 'always';
  /** Names of parameters of a sign-out that is not OpenID Connect's: without `returnTo`, a registered page follows. */
  readonly signOut?: { readonly client?: string; readonly returnTo?: string };
  /** Object about the user, at a server without ID tokens. */
  readonly user?: Members;
}

/** Quirks of a provider that is as the specifications say, with public clients, CORS everywhere and rotation. */
export const STANDARD = {
  readable: ['metadata', 'token', 'keys', 'user', 'revocation'],
  clientAuthentication: 'none',
  refreshTokenFor: { scope: 'offline_access' },
  rotation: 'always',
  accessToken: 'jwt',
  idTokenAtRefresh: 'present',
  promptNone: 'known',
  consent: 'never',
} as const;

/** Names of the endpoints in metadata. */
export const METADATA_NAMES: Readonly<Record<Exclude<FakeEndpoint, 'metadata'>, string>> = {
  authorization: 'authorization_endpoint',
  token: 'token_endpoint',
  keys: 'jwks_uri',
  user: 'userinfo_endpoint',
  revocation: 'revocation_endpoint',
  endSession: 'end_session_endpoint',
  pushed: 'pushed_authorization_request_endpoint',
};

/** Returns the URLs of endpoints by their paths below a base. */
export function endpointsAt(base: string, paths: Quirks['endpoints']): Quirks['endpoints'] {
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, base + path]));
}
