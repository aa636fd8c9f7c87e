import { TokenwardError } from '../../src/protocol/error.ts';
import type { Configuration } from '../../src/configuration/parse-configuration.ts';

/** Sign-in that another site has started (OpenID Connect Core 1.0, section 4). */
export interface StartedElsewhere {
  /** Query of the sign-in: a hint about the user, and nothing more. Other parameters are ignored, as the specification requires. */
  readonly query: URLSearchParams;
  /** Address to open after the sign-in, unchecked; `null` if the site names none. */
  readonly target: string | null;
}

/** Whether a query of the login endpoint is that of a sign-in that another site has started: it must name the issuer. */
export function isStartedElsewhere(query: URLSearchParams): boolean {
  return query.has('iss');
}

/**
 * Reads a sign-in that another site has started. Anyone can be that site: it chooses neither the server nor the client, scopes or prompt.
 *
 * @throws {@link TokenwardError} `request_invalid` if the issuer is not the configured one, or is given twice
 */
export function parseStartedElsewhere(
  query: URLSearchParams,
  { issuer }: Pick<Configuration, 'issuer'>,
): StartedElsewhere {
  const [iss = '', ...others] = query.getAll('iss');
  if (others.length > 0 || !URL.canParse(iss) || new URL(iss).href !== issuer.href)
    throw new TokenwardError(
      'request_invalid',
      'Another site has started a sign-in for another authorization server than the configured one. Compare its "iss" with the option "issuer".',
    );
  const hint = query.get('login_hint');
  return {
    query: new URLSearchParams(hint === null ? {} : { login_hint: hint }),
    target: query.get('target_link_uri'),
  };
}
