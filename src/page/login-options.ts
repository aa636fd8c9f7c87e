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
  popup: true,
};

/**
 * Checks the names of the options of `login()`; the worker checks their values. An event is no option: `login` may be a listener.
 *
 * @throws {@link TokenwardError} `request_invalid`, whose message names the option
 */
export function checkLoginOptions(options: AuthorizationOptions | Event): AuthorizationOptions {
  if (options instanceof Event) return {};
  const unknown = hasMembers(options) ? describeUnknownOption(options, Object.keys(OPTIONS)) : undefined;
  if (unknown !== undefined) return refuse(unknown);
  const { popup = false, returnTo, silent, prompt } = options;
  if (typeof popup !== 'boolean') return refuse('"popup" must be true or false.');
  if (popup && returnTo !== undefined) return refuse('"popup" stays in the page, and "returnTo" leads to another one.');
  if (popup && (silent === true || prompt === 'none')) return refuse('A sign-in that shows nothing needs no "popup".');
  return options;
}

function refuse(what: string): never {
  throw new TokenwardError('request_invalid', `login(): ${what} Correct the call.`);
}
