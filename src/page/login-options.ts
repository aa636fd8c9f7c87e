import { TokenwardError } from '../protocol/error.ts';
import { hasMembers } from '../protocol/json.ts';
import { describeUnknownOption } from '../protocol/unknown-option.ts';
import type { AuthorizationOptions } from '../protocol/worker-api.ts';

const OPTIONS: Readonly<Record<keyof AuthorizationOptions, true>> = {
  returnTo: true,
  silent: true,
  prompt: true,
  acrValues: true,
  maxAge: true,
  scopes: true,
  parameters: true,
};

/**
 * Checks the names of the options of `login()`; the worker checks their values. An event is no option: `login` may be a listener.
 *
 * @throws {@link TokenwardError} `request_invalid`, whose message names the option
 */
export function checkLoginOptions(options: AuthorizationOptions | Event): AuthorizationOptions {
  if (options instanceof Event) return {};
  const unknown = hasMembers(options) ? describeUnknownOption(options, Object.keys(OPTIONS)) : undefined;
  if (unknown === undefined) return options;
  throw new TokenwardError('request_invalid', `login(): ${unknown} Correct the call.`);
}
