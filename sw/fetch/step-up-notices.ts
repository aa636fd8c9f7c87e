import type { AccessChallenge } from '../../src/protocol/access-challenge.ts';
import type { Configuration } from '../../src/configuration/parse-configuration.ts';
import type { StepUpQuestion } from './request-step-up.ts';
import { addressOf } from './request-watch.ts';

/** Largest number of requests whose challenges are remembered, and of warnings that are not repeated. */
const MAX_REMEMBERED = 100;

/** Dependencies of the notices. */
export interface StepUpNoticeParts {
  /** Part of the configuration that limits the sign-ins of pages. */
  readonly configuration: Pick<Configuration, 'scopes' | 'scopesFromPage' | 'parametersFromPage'>;
  /** Proves that a protected resource has sent these claims. */
  readonly prove: (claims: string) => Promise<string>;
  /** Notifies the page that sent the request, and waits for its answer if it is asked. @returns whether the page has answered */
  readonly notify: (challenge: AccessChallenge, facts: StepUpFacts) => Promise<boolean>;
  /** Writes a warning for the developer. */
  readonly warn: (message: string) => void;
}

/** Facts about a challenge that are not for the page. */
export interface StepUpFacts {
  /** Page that sent the request. */
  readonly clientId: string;
  /** Reason why the claims of the challenge are not requested. */
  readonly claimsRefusal: string | undefined;
  /** Limits of the wait for the page's answer; absent if it is not asked. */
  readonly question?: Pick<StepUpQuestion, 'waitMs' | 'signal'>;
}

/** Notices of challenges: to the page, to the developer, and for the explanation of requests. */
export class StepUpNotices {
  readonly #parts: StepUpNoticeParts;
  readonly #last: Map<string, AccessChallenge> = new Map();
  readonly #warnings: Set<string> = new Set();

  constructor(parts: StepUpNoticeParts) {
    this.#parts = parts;
  }

  /**
   * Notifies the page and the developer. The page gets a proof with the claims, so that it can choose no others.
   *
   * @returns whether the page says that it has answered the challenge
   */
  async tell(challenge: AccessChallenge, facts: StepUpFacts): Promise<boolean> {
    const { claimsRefusal } = facts;
    const { prove, notify } = this.#parts;
    this.#remember(challenge);
    if (claimsRefusal !== undefined) this.#warnOnce(claimsRefusal);
    const hint = describeLimit(challenge, this.#parts.configuration);
    if (hint !== undefined) this.#warnOnce(hint);
    const { claims, ...others } = challenge;
    // Without a proof, the claims would be of no use to the page.
    const claimsProof = claims === undefined ? undefined : await prove(claims).catch(() => undefined);
    const isProven = claimsProof !== undefined && claims !== undefined;
    return notify(isProven ? { ...others, claims, claimsProof } : others, facts);
  }

  /** Notes for the developer that a resource has required the same again after the sign-in for it. */
  noteUnmet({ method, url, error }: AccessChallenge): void {
    this.#warnOnce(
      `${method} ${url} says ${error} again, although the user has signed in for it. Compare what the API requires with what the authorization server puts into the access token.`,
    );
  }

  /** Returns the last challenge that such a request has met. */
  last(method: string, { href: url }: URL): AccessChallenge | undefined {
    return this.#last.get(keyOf({ method, url: addressOf({ url }) }));
  }

  #remember(challenge: AccessChallenge): void {
    const key = keyOf(challenge);
    this.#last.delete(key);
    this.#last.set(key, challenge);
    const [oldest] = this.#last.keys();
    if (this.#last.size > MAX_REMEMBERED && oldest !== undefined) this.#last.delete(oldest);
  }

  #warnOnce(message: string): void {
    if (this.#warnings.has(message) || this.#warnings.size >= MAX_REMEMBERED) return;
    this.#warnings.add(message);
    this.#parts.warn(message);
  }
}

function keyOf({ method, url }: Pick<AccessChallenge, 'method' | 'url'>): string {
  return `${method.toUpperCase()} ${url}`;
}

/** Describes the option without which `login()` refuses a challenge; `undefined` if the configuration allows what it requires. */
function describeLimit(
  { url, scopes = [], acrValues }: AccessChallenge,
  { scopes: configured, scopesFromPage, parametersFromPage }: StepUpNoticeParts['configuration'],
): string | undefined {
  const other = scopes.find((scope) => !configured.includes(scope) && !scopesFromPage.includes(scope));
  const [required, option] =
    other !== undefined
      ? [`the scope ${JSON.stringify(other.slice(0, 64))}`, `${JSON.stringify(other.slice(0, 64))} to "scopesFromPage"`]
      : acrValues && !parametersFromPage.includes('acr_values')
        ? ['"acr_values"', '"acr_values" to "parametersFromPage"']
        : [];
  if (required === undefined) return undefined;
  return `${url} requires ${required}, which no sign-in of the page may request. If it may, add ${option}.`;
}
