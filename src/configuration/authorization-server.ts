/** Metadata of an authorization server that the worker reads (RFC 8414, section 2; OpenID Connect Discovery 1.0, section 3). */
export interface AuthorizationServerMetadata {
  /** URL to which the browser goes to sign in. */
  readonly authorization_endpoint?: string;
  /** URL of the token requests. */
  readonly token_endpoint?: string;
  /** URL of the keys by which the worker verifies signatures. */
  readonly jwks_uri?: string;
  /** URL of the user's claims. */
  readonly userinfo_endpoint?: string;
  /** URL at which a sign-out revokes the tokens. */
  readonly revocation_endpoint?: string;
  /** URL to which the browser goes to sign out. */
  readonly end_session_endpoint?: string;
  /** URL of pushed authorization requests (RFC 9126). */
  readonly pushed_authorization_request_endpoint?: string;
  /** Whether the server accepts only pushed requests; `true` or absent. */
  readonly require_pushed_authorization_requests?: true;
  /** Whether each authorization response has `iss` (RFC 9207); `true` or absent, so that no check is removed. */
  readonly authorization_response_iss_parameter_supported?: true;
  /** Methods of PKCE; `S256` must be among them. */
  readonly code_challenge_methods_supported?: readonly string[];
  /** Algorithms of ID tokens. */
  readonly id_token_signing_alg_values_supported?: readonly string[];
  /** Algorithms of signed UserInfo responses. */
  readonly userinfo_signing_alg_values_supported?: readonly string[];
  /** Algorithms of authorization responses in a JWT (JARM). */
  readonly authorization_signing_alg_values_supported?: readonly string[];
}

/** Authorization server, where its issuer identifier does not say enough. */
export interface AuthorizationServerOptions {
  /**
   * URL of the metadata; `{issuer}/.well-known/openid-configuration` by default. The worker follows no redirect from it. The
   * metadata must name the configured issuer.
   *
   * @warning Where the host is not the issuer's, that host decides to which endpoints codes and tokens go.
   */
  readonly metadataUrl?: string;
  /**
   * Members that complete or replace those that the server publishes. With `authorization_endpoint`, `token_endpoint` and
   * `jwks_uri` but without `metadataUrl`, the worker requests no metadata at all.
   */
  readonly metadata?: AuthorizationServerMetadata;
  /**
   * Tenants whose users may sign in, by the `tid` of their ID tokens, if `issuer` is a template with `{tenantid}`; all tenants by
   * default.
   *
   * @warning By default, anyone with an account in any tenant of the server can sign in. The API must check the tenant too.
   */
  readonly tenants?: readonly string[];
  /** Character between the scopes of a request and of a response: `space` (RFC 6749, section 3.3) by default. */
  readonly scopeSeparator?: 'space' | 'comma';
}

/** Source of what the worker knows of the user, if there are no ID tokens. */
export interface UserInfoOptions {
  /** URL that answers a request with the access token by a JSON object about the user; not less secure than `issuer`. */
  readonly url: string;
  /**
   * Members of that object for the claims of the session, by the name of the claim, such as `{ sub: 'id', name: 'login' }`.
   * `{ sub: 'sub' }` by default. A dot leads to a member of a member: `user.id`.
   */
  readonly mapping?: Readonly<Record<string, string>>;
}

/** Part of an issuer template that stands for the tenant: the `tid` of the ID token. */
export const TENANT = '{tenantid}';

/** The authorization server after the check of its options; frozen. */
export interface AuthorizationServer {
  /** The issuer identifier, letter by letter; a template with {@link TENANT} for a server with many tenants. */
  readonly issuer: string;
  /** URL of the metadata; `undefined` if the configuration holds all of them. */
  readonly metadataUrl: string | undefined;
  readonly metadata: KnownMetadata;
  /** Allowed tenants; `undefined` for all of them. */
  readonly tenants: readonly string[] | undefined;
  /** `undefined` for a space. */
  readonly scopeSeparator: 'comma' | undefined;
}

/** Source of what the worker knows of the user, after its check. */
export interface UserInfo {
  readonly url: string;
  /** Paths of members, by the name of the claim; `sub` is among them. */
  readonly mapping: Readonly<Record<string, string>>;
}

/** Members of the metadata that the configuration names. */
export type KnownMetadata = {
  readonly [Name in keyof AuthorizationServerMetadata]-?: AuthorizationServerMetadata[Name] | undefined;
};
