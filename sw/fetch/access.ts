import type { ProtectedResource } from '../../src/configuration/protected-resource.ts';
import type { TokenTarget } from '../../src/configuration/token-target.ts';

/** Access to a protected resource; this room knows no more of OAuth. */
export interface Access {
  /** Creates the header fields for one request, never used for another. */
  readonly authorize: (request: Request) => HeaderFields | Promise<HeaderFields>;
  /** Observes a response. @returns whether the header fields for the same request would now be others */
  readonly observe: (request: Request, response: Response) => boolean;
}

/** Header fields by their names. */
export type HeaderFields = Readonly<Record<string, string>>;

/** Source of access. */
export interface AccessSource<A extends Access> {
  /**
   * Gets access by a token that has not expired.
   *
   * @param target target of the access token that the protected resource gets
   * @returns `undefined` if there is no session
   */
  readonly fresh: (target: TokenTarget) => Promise<A | undefined>;
  /**
   * Gets access by another token than one that was refused; `undefined` if there is none.
   *
   * @param rule `unauthorized` if the resource said no more than that, otherwise `invalid_token`. A page may have chosen a request that is
   *   always refused, so that refusals which a renewal does not end make a new token seldom
   */
  readonly freshAfter: (refused: A, rule: ProtectedResource['renewOn']) => Promise<A | undefined>;
  /** Notes the answer of a resource to a token that came after such a refusal. */
  readonly noteOutcome: (renewed: A, outcome: 'accepted' | 'refused', rule: ProtectedResource['renewOn']) => void;
}
