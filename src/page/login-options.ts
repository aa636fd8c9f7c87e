import { type AccessChallenge, CLAIMS_ERRORS, parseAccessChallenge } from '../protocol/access-challenge.ts';
import { TokenwardError } from '../protocol/error.ts';
import { hasMembers } from '../protocol/json.ts';
import { describeUnknownOption } from '../protocol/unknown-option.ts';
import type { AuthorizationOptions, AuthorizationWishes } from '../protocol/worker-api.ts';

const OPTIONS: Readonly<Record<keyof AuthorizationOptions, true>> = {
  returnTo: true,
  silent: true,
  prompt: true,
  acrValues: true,
  maxAge: true,
  scopes: true,
  parameters: true,
  popup: true,
};

/** Members of a challenge that are no options of `login()`. */
const CHALLENGE_ONLY: readonly string[] = ['error', 'url', 'method', 'claims', 'claimsProof'];

/**
 * Checks the names of the options of `login()`; the worker checks their values. A challenge is taken as it is. An event is no option:
 * `login` may be a listener.
 *
 * @param options options, or a challenge, which may hold further options
 * @param further options that are added, such as those beside a challenge
 * @throws {@link TokenwardError} `request_invalid`, whose message names the option, or says that the challenge cannot be answered
 */
export function checkLoginOptions(
  options: AuthorizationOptions | AccessChallenge | Event,
  further: AuthorizationOptions = {},
): AuthorizationWishes {
  if (options instanceof Event) return {};
  const challenge = parseAccessChallenge(options);
  const known = [...Object.keys(OPTIONS), ...(challenge ? CHALLENGE_ONLY : [])];
  for (const given of [options, further]) {
    const unknown = hasMembers(given) ? describeUnknownOption(given, known) : undefined;
    if (unknown !== undefined) return refuse(unknown);
  }
  if (!challenge) return checkPopup({ ...options, ...further });
  const { error, url, method, claims, claimsProof } = challenge;
  if (CLAIMS_ERRORS.some((ofClaims) => ofClaims === error) && claimsProof === undefined) {
    return refuse(
      `${method} ${url} requires claims that the configuration does not allow. Set "claimsFromChallenge" of the protected resource, as the console of the worker says.`,
    );
  }
  const others = Object.entries({ ...options, ...further }).filter(([name]) => !CHALLENGE_ONLY.includes(name));
  return checkPopup({
    ...Object.fromEntries(others),
    ...(claims !== undefined && claimsProof !== undefined && { claims, claimsProof }),
  });
}

function checkPopup(wishes: AuthorizationWishes): AuthorizationWishes {
  const { popup = false, returnTo, silent, prompt } = wishes;
  if (typeof popup !== 'boolean') return refuse('"popup" must be true or false.');
  if (popup && returnTo !== undefined) return refuse('"popup" stays in the page, and "returnTo" leads to another one.');
  if (popup && (silent === true || prompt === 'none')) return refuse('A sign-in that shows nothing needs no "popup".');
  return wishes;
}

function refuse(what: string): never {
  throw new TokenwardError('request_invalid', `login(): ${what} Correct the call.`);
}
